// Logistic regression, and how good a scorer is: small, exact and the same on every run.

/** One example: its measures, and whether it is what is looked for. */
export type Example = { measures: Float64Array; isPositive: boolean };
export type Weights = { bias: number; weights: Float64Array };

const STEPS = 400;

/** Fits weights that minimise the log loss plus `ridge` × |weights|² / 2, both classes weighing the same. */
export function fitWeights(examples: readonly Example[], ridge: number): Weights {
  const size = examples[0]!.measures.length;
  const weights = new Float64Array(size);
  let bias = 0;
  const positives = examples.filter((one) => one.isPositive).length;
  const share = { true: 0.5 / positives, false: 0.5 / (examples.length - positives) };
  const speed = new Float64Array(size + 1);
  const rate = 1.2;
  for (let step = 0; step < STEPS; step++) {
    const slope = new Float64Array(size + 1);
    for (const { measures, isPositive } of examples) {
      const wrong =
        (scoreMeasures({ bias, weights }, measures) - (isPositive ? 1 : 0)) * share[`${isPositive}`];
      for (let i = 0; i < size; i++) slope[i]! += wrong * measures[i]!;
      slope[size]! += wrong;
    }
    for (let i = 0; i <= size; i++) {
      const pull = i < size ? ridge * weights[i]! : 0;
      speed[i] = 0.95 * speed[i]! - rate * (slope[i]! + pull);
    }
    for (let i = 0; i < size; i++) weights[i]! += speed[i]!;
    bias += speed[size]!;
  }
  return { bias, weights };
}

/** The probability that the weights give, between 0 and 1. */
export function scoreMeasures({ bias, weights }: Weights, measures: Float64Array): number {
  let sum = bias;
  for (let i = 0; i < weights.length; i++) sum += weights[i]! * measures[i]!;
  return 1 / (1 + Math.exp(-sum));
}

export type Scored = { score: number; isPositive: boolean };

/** Precision, recall, F1 and false-positive rate at a threshold, and the area under the ROC curve. */
export function judgeScores(scored: readonly Scored[], threshold: number) {
  const count = (flagged: boolean, positive: boolean) =>
    scored.filter((one) => one.score >= threshold === flagged && one.isPositive === positive).length;
  const [hits, misses] = [count(true, true), count(false, true)];
  const [alarms, quiet] = [count(true, false), count(false, false)];
  const precision = hits / (hits + alarms || 1);
  const recall = hits / (hits + misses || 1);
  return {
    precision: round(precision),
    recall: round(recall),
    f1: round((2 * precision * recall) / (precision + recall || 1)),
    false_positive_rate: round(alarms / (alarms + quiet || 1)),
    roc_auc: round(areaUnderCurve(scored)),
  };
}

/** A share with three decimals. */
export function round(share: number): number {
  return Math.round(share * 1_000) / 1_000;
}

/** The share of pairs in which the positive one scores higher (ties count half). */
function areaUnderCurve(scored: readonly Scored[]): number {
  const positives = scored.filter((one) => one.isPositive);
  const negatives = scored.filter((one) => !one.isPositive);
  let wins = 0;
  for (const a of positives)
    for (const b of negatives) wins += a.score > b.score ? 1 : a.score === b.score ? 0.5 : 0;
  return wins / (positives.length * negatives.length || 1);
}

/** The examples in an order that only the seed decides (xorshift32). */
export function shuffle<T>(list: readonly T[], seed: number): T[] {
  const shuffled = [...list];
  let state = seed | 0 || 1;
  for (let i = shuffled.length - 1; i > 0; i--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = (state >>> 0) % (i + 1);
    [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
  }
  return shuffled;
}
