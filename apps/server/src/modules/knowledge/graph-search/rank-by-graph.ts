// Search by the graph: what words and meaning found, ordered anew by how near it is, along facts and names, to what the
// question speaks of. Filters and rights hold as they did for what was found.
import type { Actor } from '../../../platform/actor.ts';
import { type Fact, presentFact } from '../graph/present-fact.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { walkGraph } from './walk-graph.ts';

/** Passages that are ordered anew: more than are wanted, so that a far one can come near. */
export const GRAPH_POOL = 200;
/** Reciprocal ranks, as Cormack, Clarke and Büttcher (2009) fuse them. */
const RANKS = 60;

type Ranked<P> = { found: P[]; facts: Fact[] };

/** Orders passages, best first; scores become 1 for what is first by both. Without entities in the question the order stays. */
export async function rankByGraph<P extends { id: string; score: number }>(
  deps: Pick<KnowledgeDeps, 'db'>,
  actor: Actor,
  asked: { found: readonly P[]; collectionIds: string[]; question: string; at: string | undefined },
): Promise<Ranked<P>> {
  const sight = { organizationId: actor.organization_id, collectionIds: asked.collectionIds };
  const at = asked.at === undefined ? undefined : new Date(asked.at);
  const ids = asked.found.map((one) => one.id);
  const walked = await deps.db.as(actor, (tx) =>
    walkGraph(tx, sight, { query: asked.question, at, found: ids }),
  );
  const rankOf = new Map(walked.passages.map((one, rank) => [one.chunk_id, rank + 1]));
  const found = asked.found
    .map((one, i) => ({ ...one, score: fuse(i + 1, rankOf.get(one.id)) }))
    .sort((a, b) => b.score - a.score);
  return { found, facts: walked.facts.map(presentFact) };
}

function fuse(rank: number, graphRank: number | undefined): number {
  const most = 2 / (RANKS + 1);
  return (1 / (RANKS + rank) + (graphRank === undefined ? 0 : 1 / (RANKS + graphRank))) / most;
}
