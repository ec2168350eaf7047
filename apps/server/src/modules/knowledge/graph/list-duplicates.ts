// Entities that may be one: names that contain each other, or that mean nearly the same. Only a person merges them.
import type { Actor } from '../../../platform/actor.ts';
import { compareVectors } from '../graph-search/pack-vector.ts';
import { listNameVectors } from '../graph-search/store.ts';
import { type GraphDeps, getEntityRow, lookAtGraph } from './look-at-graph.ts';
import { type Entity, presentEntity } from './present-fact.ts';
import { findEntities } from './store.ts';

const LOOKED_AT_MAX = 5_000;
const SHOWN_MAX = 10;
const SIMILAR_MIN = 0.7;

/** The most similar entities of the same collection, at most 10; `similarity` is 0 to 1. Throws `entity_not_found`. */
export async function listDuplicates(
  deps: GraphDeps,
  actor: Actor,
  { workspace_id: workspaceId, entity_id: entityId }: { workspace_id: string; entity_id: string },
): Promise<{ data: (Entity & { similarity: number })[] }> {
  return lookAtGraph(deps, actor, {
    workspaceId,
    async look(tx, { organizationId, ...seen }) {
      const row = await getEntityRow(tx, { organizationId, ...seen }, entityId);
      const sight = { organizationId, collectionIds: [row.collection_id] };
      const rows = await listNameVectors(tx, sight, LOOKED_AT_MAX);
      const own = rows.find((one) => one.id === entityId);
      const vector = own && unpack(own.embedding);
      const similar = rows
        .filter((one) => one.id !== entityId)
        .map((one) => ({
          id: one.id,
          similarity: Math.max(
            vector ? compareVectors(vector, one.embedding) : 0,
            overlapOf(row.key, one.key),
          ),
        }))
        .filter(({ similarity }) => similarity >= SIMILAR_MIN)
        .sort((a, b) => b.similarity - a.similarity)
        .slice(0, SHOWN_MAX);
      const found = await findEntities(
        tx,
        sight,
        similar.map(({ id }) => id),
      );
      return {
        data: similar.flatMap(({ id, similarity }) => {
          const entity = found.find((one) => one.id === id);
          return entity ? [{ ...presentEntity(entity), similarity }] : [];
        }),
      };
    },
  });
}

function unpack(packed: Buffer): Float32Array {
  const vector = Float32Array.from(new Int8Array(packed.buffer, packed.byteOffset, packed.length));
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

/** The share of words that two keys have in common; 0.9 where one is the other and some more. */
function overlapOf(left: string, right: string): number {
  const [a, b] = [new Set(left.split(' ')), new Set(right.split(' '))];
  const both = [...a].filter((word) => b.has(word)).length;
  if (both > 0 && both === Math.min(a.size, b.size)) return 0.9;
  return both / (a.size + b.size - both);
}
