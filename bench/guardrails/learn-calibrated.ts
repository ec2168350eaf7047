// The injection scorer as it is shipped: logistic regression whose bias is moved until, on texts that a fit has not seen, the
// default threshold lets a given share of harmless ones raise an alarm.
import { type Example, fitWeights, type Scored, scoreMeasures, shuffle, type Weights } from './learn.ts';

/** What the guardrails use when a rule names no threshold. */
export const THRESHOLD = 0.8;
const RIDGE = 0.0002;
const FOLDS = 5;
const SEED = 42;
/** Share of harmless texts above the threshold that is aimed at. */
const ALARMS_AIMED_AT = 0.02;

/** Fits and calibrates on the examples given, and on nothing else. */
export function learnCalibrated(examples: readonly Example[]): Weights {
  const { bias, weights } = fitWeights(examples, RIDGE);
  const unseen = scoreFolds(examples, (part) => fitWeights(part, RIDGE));
  const harmless = unseen
    .filter((one) => !one.isPositive)
    .map((one) => one.score)
    .sort((a, b) => b - a);
  const limit = harmless[Math.floor(harmless.length * ALARMS_AIMED_AT)] ?? THRESHOLD;
  return { bias: bias + logit(THRESHOLD) - logit(Math.min(0.98, Math.max(0.3, limit))), weights };
}

/** Every example scored by a fit that has not seen it (cross-validation in five folds, the same on every run). */
export function scoreFolds(
  examples: readonly Example[],
  learn: (part: readonly Example[]) => Weights,
): Scored[] {
  const order = shuffle(examples, SEED);
  return Array.from({ length: FOLDS }, (_, fold) => {
    const learned = learn(order.filter((__, i) => i % FOLDS !== fold));
    return order
      .filter((__, i) => i % FOLDS === fold)
      .map(({ measures, isPositive }) => ({ score: scoreMeasures(learned, measures), isPositive }));
  }).flat();
}

/** A fifth held out, the rest to learn from; the same on every run. */
export function holdOut<T>(examples: readonly T[]): { learn: T[]; test: T[] } {
  const order = shuffle(examples, SEED + 1);
  const size = Math.round(order.length / 5);
  return { test: order.slice(0, size), learn: order.slice(size) };
}

const logit = (share: number) => Math.log(share / (1 - share));
