// What a person puts right in the graph: what an entity is called, that two are one, that one is none.
import { graphProblem } from '@insula/contract/graph';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { countMentions, holdGraph, settleSuperseded } from '../graph-reading/store.ts';
import { keyOfName } from './key-of-name.ts';
import { type GraphDeps, getEntityRow, lookAtGraph } from './look-at-graph.ts';
import { type Entity, presentEntity } from './present-fact.ts';
import { claimName, deleteEntity, type EntityRow, moveFacts, type Sight, updateEntity } from './store.ts';

type One = { workspace_id: string; entity_id: string };
type Change = { name?: string | undefined; type?: string | undefined; description?: string | undefined };

/** Changes what is given and announces `graph_entity.changed`; the old name stays an alias. Throws `entity_name_taken`. */
export async function changeEntity(deps: GraphDeps, actor: Actor, input: One & Change): Promise<Entity> {
  const { workspace_id, entity_id, ...given } = input;
  return ownEntity(deps, actor, { workspace_id, entity_id }, async (tx, row, sight) => {
    const change = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
      name?: string;
      type?: string;
      description?: string;
    };
    const key = change.name === undefined ? row.key : keyOfName(change.name) || row.key;
    const at = { organizationId: sight.organizationId, collectionId: row.collection_id, id: row.id };
    const leadsTo = await claimName(tx, at, { key, name: change.name ?? row.name });
    if (leadsTo !== row.id) throw graphProblem('entity_name_taken', { name: change.name });
    await updateEntity(tx, at, { ...change, key });
    await announce(deps, tx, {
      actor,
      type: 'changed',
      row,
      details: { name: change.name ?? row.name, fields: Object.keys(change) },
    });
    return presentEntity(await getEntityRow(tx, sight, row.id));
  });
}

/** Merges another entity into this one, names and facts included, and announces `graph_entity.merged`. */
export async function mergeEntities(
  deps: GraphDeps,
  actor: Actor,
  { other_entity_id, ...input }: One & { other_entity_id: string },
): Promise<Entity> {
  return ownEntity(deps, actor, input, async (tx, row, sight) => {
    const other = await getEntityRow(tx, sight, other_entity_id);
    if (other.id === row.id || other.collection_id !== row.collection_id)
      throw graphProblem('entities_apart');
    const at = { organizationId: sight.organizationId, collectionId: row.collection_id, id: row.id };
    await moveFacts(tx, at, other.id);
    await deleteEntity(tx, { ...at, id: other.id });
    const place = { ...at, workspaceId: row.workspace_id };
    await countMentions(tx, place, [row.id]);
    await settleSuperseded(tx, place, [row.id]);
    await announce(deps, tx, { actor, type: 'merged', row, details: { name: row.name, other: other.name } });
    return presentEntity(await getEntityRow(tx, sight, row.id));
  });
}

/** Deletes an entity with the facts it is in and announces `graph_entity.removed`; it comes back when it is read again. */
export async function removeEntity(
  deps: GraphDeps,
  actor: Actor,
  input: One,
): Promise<{ id: string; deleted: true }> {
  return ownEntity(deps, actor, input, async (tx, row, { organizationId }) => {
    await deleteEntity(tx, { organizationId, collectionId: row.collection_id, id: row.id });
    await announce(deps, tx, { actor, type: 'removed', row, details: { name: row.name } });
    return { id: row.id, deleted: true as const };
  });
}

/** What is shared by another workspace can be read, but is not there to be changed. */
async function ownEntity<T>(
  deps: GraphDeps,
  actor: Actor,
  ...[one, change]: [One, (tx: TenantTx, row: EntityRow, sight: Sight) => Promise<T>]
): Promise<T> {
  return lookAtGraph(deps, actor, {
    workspaceId: one.workspace_id,
    async look(tx, sight) {
      const row = await getEntityRow(tx, sight, one.entity_id);
      if (row.workspace_id !== one.workspace_id) throw graphProblem('entity_not_found');
      await holdGraph(tx, {
        organizationId: sight.organizationId,
        workspaceId: row.workspace_id,
        collectionId: row.collection_id,
      });
      return change(tx, row, sight);
    },
  });
}

type News = {
  actor: Actor;
  type: 'changed' | 'merged' | 'removed';
  row: EntityRow;
  details: Record<string, unknown>;
};

async function announce(deps: GraphDeps, tx: TenantTx, { actor, type, row, details }: News): Promise<void> {
  await deps.events.announce(tx, actor, {
    type: `graph_entity.${type}`,
    subject_type: 'graph_entity',
    subject_id: row.id,
    workspace_id: row.workspace_id,
    details,
  });
}
