// Nodes and edges for drawing: around one entity, or around what a question speaks of. Bounded, and it says whether it is all.
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { linkQuery } from '../graph-search/link-query.ts';
import { type GraphDeps, getEntityRow, lookAtGraph } from './look-at-graph.ts';
import { type Fact, presentCompanion, presentFact } from './present-fact.ts';
import { findEntities, listCompanions, listFacts, type Sight } from './store.ts';

export type AroundWish = {
  workspace_id: string;
  entity_id?: string | undefined;
  query?: string | undefined;
  at?: string | undefined;
  hops: number;
  limit: number;
};
type Node = { id: string; name: string; type: string; method: 'local' | 'model'; mention_count: number };

const EDGES_MAX = 500;
/** Entities of which it is shown what they are mentioned with. */
const STARTS_MAX = 5;

/** Reads at most `limit` nodes and 500 edges; throws `workspace_not_found`, `entity_not_found`. */
export async function getNeighbourhood(
  deps: GraphDeps,
  actor: Actor,
  wish: AroundWish,
): Promise<{ nodes: Node[]; edges: Fact[]; is_complete: boolean }> {
  return lookAtGraph(deps, actor, {
    workspaceId: wish.workspace_id,
    async look(tx, sight) {
      const starts = await startsOf(tx, sight, wish);
      const read = await readAround(tx, sight, { ...wish, starts });
      const ids = [...new Set([...starts, ...read.flatMap((edge) => [edge.subject_id, edge.object_id])])];
      const nodes = await findEntities(tx, sight, ids.slice(0, wish.limit));
      const shown = new Set(nodes.map((one) => one.id));
      const edges = read.filter((edge) => shown.has(edge.subject_id) && shown.has(edge.object_id));
      return {
        nodes: nodes.map(({ id, name, type, method, mention_count }) => ({
          id,
          name,
          type,
          method,
          mention_count,
        })),
        edges: edges.slice(0, EDGES_MAX),
        is_complete: ids.length <= wish.limit && read.length < EDGES_MAX,
      };
    },
  });
}

async function startsOf(tx: TenantTx, sight: Sight, wish: AroundWish): Promise<string[]> {
  if (wish.entity_id !== undefined) return [(await getEntityRow(tx, sight, wish.entity_id)).id];
  if (wish.query === undefined) return [];
  return (await linkQuery(tx, sight, { query: wish.query })).map((seed) => seed.id);
}

async function readAround(
  tx: TenantTx,
  sight: Sight,
  wish: AroundWish & { starts: string[] },
): Promise<Fact[]> {
  const at = wish.at === undefined ? undefined : new Date(wish.at);
  const facts = new Map<string, Fact>();
  let frontier = wish.starts;
  for (let hop = 0; hop < wish.hops && frontier.length > 0 && facts.size < EDGES_MAX; hop++) {
    const rows = await listFacts(tx, sight, {
      entityIds: frontier,
      bothWays: true,
      at,
      limit: EDGES_MAX - facts.size,
    });
    for (const row of rows) facts.set(row.id, presentFact(row));
    const seen = new Set([...wish.starts, ...frontier]);
    frontier = [...new Set(rows.flatMap((row) => [row.subject_id, row.object_id]))].filter(
      (id) => !seen.has(id),
    );
  }
  const edges = [...facts.values()];
  for (const start of await findEntities(tx, sight, wish.starts.slice(0, STARTS_MAX))) {
    const others = await listCompanions(tx, sight, { entityId: start.id, limit: wish.limit });
    const told = new Set(edges.flatMap((edge) => [edge.subject_id, edge.object_id]));
    edges.push(
      ...others.filter((other) => !told.has(other.id)).map((other) => presentCompanion(start, other)),
    );
  }
  return edges;
}
