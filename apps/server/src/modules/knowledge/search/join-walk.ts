// Passages of a search and passages of a walk through the graph, as one list.
import type { FoundPassage } from './find-passages.ts';
import type { FoundRow } from './store.ts';

/** How much the graph counts beside words and meaning. */
const SHARE = 0.4;

/** All of both, best first; scores are at most 1. Without a walk, what was found stays as it is. */
export function joinWalk(
  found: FoundPassage[],
  { rows, walked }: { rows: readonly FoundRow[]; walked: ReadonlyMap<string, number> | undefined },
): FoundPassage[] {
  if (!walked) return found;
  const known = new Set(found.map(({ id }) => id));
  const nothing = { score: 0, text_score: null, text_rank: null, vector_score: null, vector_rank: null };
  const added = rows.flatMap(({ vector: _, ...row }): FoundPassage[] =>
    known.has(row.id) ? [] : [{ ...row, ...nothing, graph_score: null }],
  );
  return [...found, ...added]
    .map((one) => {
      const graph = walked.get(one.id) ?? 0;
      const score = (1 - SHARE) * one.score + SHARE * graph;
      return { ...one, score, graph_score: graph || null };
    })
    .sort((one, other) => other.score - one.score);
}
