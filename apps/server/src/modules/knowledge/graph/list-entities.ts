// Reading entities: page by page, one with everything known of it, and all of them with their facts.
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import { keyOfName } from './key-of-name.ts';
import { type GraphDeps, getEntityRow, lookAtGraph } from './look-at-graph.ts';
import { type Entity, type Fact, presentCompanion, presentEntity, presentFact } from './present-fact.ts';
import {
  listCompanions,
  listFacts,
  listMentioning,
  type PassageRow,
  listEntities as readEntities,
} from './store.ts';

type Page = { workspace_id: string; limit: number; cursor?: string | undefined };
type Filter = { search?: string | undefined; type?: string | undefined; collection_id?: string | undefined };

/** Facts and passages shown of one entity, and what it is mentioned with. */
const [FACTS_MAX, PASSAGES_MAX, COMPANIONS_MAX] = [200, 50, 20];
/** Facts of one entity in an export. */
const EXPORTED_MAX = 100;

/** A page of entities, newest first; throws `workspace_not_found`. */
export async function listEntities(
  deps: GraphDeps,
  actor: Actor,
  { workspace_id: workspaceId, ...wish }: Page & Filter,
): Promise<{ data: Entity[]; next_cursor: string | null }> {
  const before = idOfCursor(wish.cursor);
  return lookAtGraph(deps, actor, {
    workspaceId,
    async look(tx, sight) {
      const ids = sight.collectionIds.filter((one) => (wish.collection_id ?? one) === one);
      const prefix = wish.search === undefined ? undefined : keyOfName(wish.search);
      const page = { limit: wish.limit, before, prefix, type: wish.type };
      const rows = await readEntities(tx, { ...sight, collectionIds: ids }, page);
      return pageOf(rows, wish.limit, presentEntity);
    },
  });
}

/** One entity, its facts over time and what it is mentioned with, and passages that speak of it; throws `entity_not_found`. */
export async function getEntity(
  deps: GraphDeps,
  actor: Actor,
  { workspace_id: workspaceId, entity_id: entityId }: { workspace_id: string; entity_id: string },
): Promise<Entity & { facts: Fact[]; passages: PassageRow[] }> {
  return lookAtGraph(deps, actor, {
    workspaceId,
    async look(tx, sight) {
      const row = await getEntityRow(tx, sight, entityId);
      const facts = await listFacts(tx, sight, { entityIds: [row.id], bothWays: true, limit: FACTS_MAX });
      const others = await listCompanions(tx, sight, { entityId, limit: COMPANIONS_MAX });
      const told = new Set(facts.flatMap((fact) => [fact.subject_id, fact.object_id]));
      const companions = others.filter((other) => !told.has(other.id));
      return {
        ...presentEntity(row),
        facts: [...facts.map(presentFact), ...companions.map((other) => presentCompanion(row, other))],
        passages: await listMentioning(tx, sight, { entityId, limit: PASSAGES_MAX }),
      };
    },
  });
}

/** A page of entities with the facts they are the subject of, at most 100 each; throws `workspace_not_found`. */
export async function exportGraph(
  deps: GraphDeps,
  actor: Actor,
  { workspace_id: workspaceId, limit, cursor }: Page,
): Promise<{ data: (Entity & { facts: Fact[] })[]; next_cursor: string | null }> {
  const before = idOfCursor(cursor);
  return lookAtGraph(deps, actor, {
    workspaceId,
    async look(tx, sight) {
      const rows = await readEntities(tx, sight, { limit, before });
      const entityIds = rows.slice(0, limit).map((row) => row.id);
      const wish = { entityIds, bothWays: false, limit: EXPORTED_MAX * limit };
      const facts = Map.groupBy(await listFacts(tx, sight, wish), (fact) => fact.subject_id);
      return pageOf(rows, limit, (row) => ({
        ...presentEntity(row as (typeof rows)[number]),
        facts: (facts.get(row.id) ?? []).slice(0, EXPORTED_MAX).map(presentFact),
      }));
    },
  });
}
