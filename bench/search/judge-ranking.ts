// How good a ranking is, as BEIR and trec_eval count it.

/** nDCG@k: the gain of a document is its grade, halved less and less by log2(rank + 1); what is not judged gains nothing. */
export function judgeRanking(
  ranking: readonly string[],
  grades: ReadonlyMap<string, number>,
  k: number,
): number {
  const gain = (grade: number, i: number) => Math.max(0, grade) / Math.log2(i + 2);
  const found = ranking.slice(0, k).reduce((sum, id, i) => sum + gain(grades.get(id) ?? 0, i), 0);
  const best = [...grades.values()].sort((one, other) => other - one).slice(0, k);
  const ideal = best.reduce((sum, grade, i) => sum + gain(grade, i), 0);
  return ideal === 0 ? 0 : found / ideal;
}

/** The share of the relevant documents (grade above 0) that are among the first k. */
export function recallOf(ranking: readonly string[], grades: ReadonlyMap<string, number>, k: number): number {
  const relevant = [...grades].filter(([, grade]) => grade > 0).map(([id]) => id);
  const first = new Set(ranking.slice(0, k));
  return relevant.filter((id) => first.has(id)).length / relevant.length;
}
