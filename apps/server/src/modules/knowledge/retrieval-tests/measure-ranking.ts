// How good a ranking is against what was expected, as the evaluation of retrieval counts it (trec_eval, BEIR): gains are the
// grades, nDCG is cut at ten, what is expected and was not found counts in the ideal and in recall.

export type Measures = { ndcg_10: number; recall: number; reciprocal_rank: number };

const CUT = 10;

/** Measures a ranking: `ranked` are ids, best first, each once; `grades` are those expected, 0 for a wrong answer. */
export function measureRanking(ranked: readonly string[], grades: ReadonlyMap<string, number>): Measures {
  const right = [...grades.values()].filter((grade) => grade > 0);
  if (right.length === 0) return { ndcg_10: 0, recall: 0, reciprocal_rank: 0 };
  const ideal = sumGains(right.toSorted((a, b) => b - a));
  const isRight = (id: string) => (grades.get(id) ?? 0) > 0;
  const first = ranked.findIndex(isRight);
  return {
    ndcg_10: sumGains(ranked.map((id) => grades.get(id) ?? 0)) / ideal,
    recall: ranked.filter(isRight).length / right.length,
    reciprocal_rank: first < 0 ? 0 : 1 / (first + 1),
  };
}

/** Grades discounted by log2(rank + 1), over the first ten. */
function sumGains(grades: readonly number[]): number {
  return grades.slice(0, CUT).reduce((sum, grade, i) => sum + grade / Math.log2(i + 2), 0);
}

/** The mean of measures; zeros when there are none. */
export function meanOf(all: readonly Measures[]): Measures {
  const mean = (read: (one: Measures) => number) =>
    all.length === 0 ? 0 : all.reduce((sum, one) => sum + read(one), 0) / all.length;
  return {
    ndcg_10: mean((one) => one.ndcg_10),
    recall: mean((one) => one.recall),
    reciprocal_rank: mean((one) => one.reciprocal_rank),
  };
}

const FLIPS = 10_000;

/**
 * How likely differences with a mean as far from zero are when each could as well have had the other sign: two-sided, by 10,000
 * random flips that are the same every time; 1 when there is nothing to tell apart.
 */
export function findPValue(differences: readonly number[]): number {
  const seen = Math.abs(differences.reduce((sum, one) => sum + one, 0));
  const moved = differences.filter((one) => one !== 0);
  if (moved.length === 0) return 1;
  let state = 0x9e3779b9;
  const flip = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state & 0x10000) === 0 ? -1 : 1;
  };
  let asFar = 0;
  for (let i = 0; i < FLIPS; i++) {
    const sum = moved.reduce((total, one) => total + flip() * one, 0);
    if (Math.abs(sum) >= seen - 1e-12) asFar++;
  }
  return (asFar + 1) / (FLIPS + 1);
}
