// How near everything is to where a walk began: a personalised PageRank over the few edges that were read. A walker starts at
// the seeds, follows an edge with a chance by its weight, and begins anew with a chance of `RESTART` at each step.

export type Edge = { from: string; to: string; weight: number };

const RESTART = 0.35;
const ROUNDS = 20;

/** The share of time that the walker spends at each node, summing up to 1; edges are walked both ways. */
export function spreadScores(
  seeds: ReadonlyMap<string, number>,
  edges: readonly Edge[],
): Map<string, number> {
  const ways = new Map<string, { to: string; weight: number }[]>();
  const join = (from: string, to: string, weight: number) => {
    const known = ways.get(from);
    if (known) known.push({ to, weight });
    else ways.set(from, [{ to, weight }]);
  };
  for (const { from, to, weight } of edges) {
    join(from, to, weight);
    join(to, from, weight);
  }
  const total = [...seeds.values()].reduce((sum, score) => sum + score, 0);
  const start = new Map([...seeds].map(([node, score]) => [node, score / total]));
  const outOf = new Map([...ways].map(([node, to]) => [node, to.reduce((sum, way) => sum + way.weight, 0)]));
  let scores = new Map(start);
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Map<string, number>();
    let resting = 0;
    for (const [node, score] of scores) {
      const out = outOf.get(node);
      if (!out) resting += score;
      else {
        resting += score * RESTART;
        for (const { to, weight } of ways.get(node)!)
          next.set(to, (next.get(to) ?? 0) + (score * (1 - RESTART) * weight) / out);
      }
    }
    for (const [node, share] of start) next.set(node, (next.get(node) ?? 0) + resting * share);
    scores = next;
  }
  return scores;
}
