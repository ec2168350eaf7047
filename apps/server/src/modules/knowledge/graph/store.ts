// Queries that read the graph, and those by which a person changes it. What is read was said by a passage of a document's
// current version, in a collection that the asker may see: everything else is as if it were not there.
import { type Kysely, type SqlBool, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { GraphTables } from './tables.ts';

const on = (tx: TenantTx) => tx.$extendTables<GraphTables>() as unknown as Kysely<GraphTables>;

/** The collections somebody may see; lists of them are short. */
export type Sight = { organizationId: string; collectionIds: string[] };

export type EntityRow = {
  id: string;
  key: string;
  workspace_id: string;
  collection_id: string;
  name: string;
  type: string;
  aliases: string[];
  description: string;
  method: 'local' | 'model';
  mention_count: number;
  created_at: Date;
  updated_at: Date;
};

// What counts as said: by a passage of a document's current version, in the collection where the document is now.

/** Holds for a mention `m` that counts. */
export const CURRENT_MENTION = sql<SqlBool>`exists (select from documents d where d.organization_id = m.organization_id
  and d.id = m.document_id and d.version = m.version and d.collection_id = m.collection_id)`;

/** Holds for a provenance `p` that counts. */
export const CURRENT_PROVENANCE = sql<SqlBool>`exists (select from documents d where d.organization_id = p.organization_id
  and d.id = p.document_id and d.version = p.version and d.collection_id = p.collection_id)`;

const entityColumns = sql`e.id, e.key, e.workspace_id, e.collection_id, e.name, e.type, e.method, e.mention_count, e.created_at,
  e.updated_at,
  array(select n.name from graph_names n where n.organization_id = e.organization_id and n.entity_id = e.id and n.key <> e.key
    order by n.key limit 20) as aliases,
  case when e.description <> '' then e.description else coalesce((select m.description from graph_mentions m
    where m.organization_id = e.organization_id and m.entity_id = e.id and ${CURRENT_MENTION}
    order by length(m.description) desc, m.chunk_id limit 1), '') end as description`;

const isMentioned = sql<SqlBool>`exists (select from graph_mentions m where m.organization_id = e.organization_id
  and m.entity_id = e.id and ${CURRENT_MENTION})`;

/** A page of entities, newest first; reads one more than `limit`. `prefix` is a key, or how one begins. */
export async function listEntities(
  tx: TenantTx,
  sight: Sight,
  page: {
    limit: number;
    before?: string | undefined;
    prefix?: string | undefined;
    type?: string | undefined;
  },
): Promise<EntityRow[]> {
  const { before, prefix, type } = page;
  const { rows } = await sql<EntityRow>`select ${entityColumns} from graph_entities e
    where e.organization_id = ${sight.organizationId} and e.collection_id = any(${sight.collectionIds}::uuid[])
      and (${before ?? null}::uuid is null or e.id < ${before ?? null}::uuid)
      and (${type ?? null}::text is null or e.type = ${type ?? null}::text)
      and (${prefix ?? null}::text is null or e.id in (select n.entity_id from graph_names n
        where n.organization_id = ${sight.organizationId} and n.collection_id = any(${sight.collectionIds}::uuid[])
          and starts_with(n.key, ${prefix ?? null}::text)))
      and ${isMentioned}
    order by e.id desc limit ${page.limit + 1}`.execute(tx);
  return rows;
}

/** Entities by their ids, as far as they can be seen. */
export async function findEntities(tx: TenantTx, sight: Sight, ids: string[]): Promise<EntityRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<EntityRow>`select ${entityColumns} from graph_entities e
    where e.organization_id = ${sight.organizationId} and e.id = any(${ids}::uuid[])
      and e.collection_id = any(${sight.collectionIds}::uuid[]) and ${isMentioned}`.execute(tx);
  return rows;
}

export type FactRow = {
  id: string;
  subject_id: string;
  subject: string;
  predicate: string;
  object_id: string;
  object: string;
  statement: string;
  valid_from: Date | null;
  valid_to: Date | null;
  superseded_by: string | null;
  asserted_at: Date;
  confidence: number;
  chunk_ids: string[];
};

const factColumns = sql`r.id, r.subject_id, s.name as subject, r.predicate, r.object_id, o.name as object, p.statement,
  r.valid_from, least(r.valid_to, r.superseded_at) as valid_to, r.superseded_by, r.asserted_at, r.confidence, p.chunk_ids`;

const factSources = sql`graph_relations r
  join graph_entities s on s.organization_id = r.organization_id and s.id = r.subject_id
  join graph_entities o on o.organization_id = r.organization_id and o.id = r.object_id
  cross join lateral (
    select (array_agg(p.statement order by p.asserted_at desc, p.chunk_id))[1] as statement,
      (array_agg(p.chunk_id order by p.asserted_at desc, p.chunk_id))[1:10] as chunk_ids
    from graph_provenance p where p.organization_id = r.organization_id and p.relation_id = r.id and ${CURRENT_PROVENANCE}
    having count(*) > 0) p`;

/** Facts in which entities are the subject or, with `bothWays`, the object; the surest first, and by time among equals. */
export async function listFacts(
  tx: TenantTx,
  sight: Sight,
  wish: { entityIds: string[]; bothWays: boolean; at?: Date | undefined; limit: number },
): Promise<FactRow[]> {
  if (wish.entityIds.length === 0) return [];
  const moment = wish.at ?? null;
  const { rows } = await sql<FactRow>`select ${factColumns} from ${factSources}
    where r.organization_id = ${sight.organizationId} and r.collection_id = any(${sight.collectionIds}::uuid[])
      and r.id in (
        select id from graph_relations where organization_id = ${sight.organizationId}
          and subject_id = any(${wish.entityIds}::uuid[])
        union all
        select id from graph_relations where organization_id = ${sight.organizationId}
          and object_id = any(${wish.bothWays ? wish.entityIds : []}::uuid[]))
      and (${moment}::timestamptz is null or (r.valid_from is null or r.valid_from <= ${moment}::timestamptz)
        and (least(r.valid_to, r.superseded_at) is null or least(r.valid_to, r.superseded_at) > ${moment}::timestamptz))
    order by r.confidence desc, coalesce(r.valid_from, r.asserted_at) desc, r.id limit ${wish.limit}`.execute(
    tx,
  );
  return rows;
}

/** Facts by their ids. */
export async function findFacts(tx: TenantTx, sight: Sight, ids: string[]): Promise<FactRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<FactRow>`select ${factColumns} from ${factSources}
    where r.organization_id = ${sight.organizationId} and r.collection_id = any(${sight.collectionIds}::uuid[])
      and r.id = any(${ids}::uuid[])`.execute(tx);
  return rows;
}

export type CompanionRow = { id: string; name: string; passages: number; chunk_ids: string[] };

/** What stands in the same passages as an entity, most often together first; at most 200 of its passages are looked at. */
export async function listCompanions(
  tx: TenantTx,
  sight: Sight,
  wish: { entityId: string; limit: number },
): Promise<CompanionRow[]> {
  const { rows } = await sql<CompanionRow>`
    select e.id, e.name, count(*)::int as passages, (array_agg(x.chunk_id order by x.chunk_id desc))[1:5] as chunk_ids from (
      select m.chunk_id from graph_mentions m where m.organization_id = ${sight.organizationId}
        and m.entity_id = ${wish.entityId} and m.collection_id = any(${sight.collectionIds}::uuid[]) and ${CURRENT_MENTION}
      order by m.chunk_id desc limit 200) x
    join graph_mentions m on m.organization_id = ${sight.organizationId} and m.chunk_id = x.chunk_id
    join graph_entities e on e.organization_id = m.organization_id and e.id = m.entity_id
    where m.entity_id <> ${wish.entityId}
    group by e.id, e.name order by 3 desc, e.id limit ${wish.limit}`.execute(tx);
  return rows;
}

export type PassageRow = {
  chunk_id: string;
  document_id: string;
  title: string;
  page: number | null;
  text: string;
};

const passageColumns = sql`c.id as chunk_id, c.document_id, d.title, c.page_start as page, c.text`;

/** Passages of current versions that speak of an entity, the newest documents first. */
export async function listMentioning(
  tx: TenantTx,
  sight: Sight,
  wish: { entityId: string; limit: number },
): Promise<PassageRow[]> {
  const { rows } = await sql<PassageRow>`select ${passageColumns} from graph_mentions m
    join chunks c on c.organization_id = m.organization_id and c.id = m.chunk_id
    join documents d on d.organization_id = c.organization_id and d.id = c.document_id and d.version = c.version
      and d.collection_id = m.collection_id
    where m.organization_id = ${sight.organizationId} and m.entity_id = ${wish.entityId}
      and m.collection_id = any(${sight.collectionIds}::uuid[])
    order by c.document_id desc, c.seq limit ${wish.limit}`.execute(tx);
  return rows;
}

/** Passages of current versions by their ids, in no order. */
export async function findPassages(tx: TenantTx, sight: Sight, ids: string[]): Promise<PassageRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<PassageRow>`select ${passageColumns} from chunks c
    join documents d on d.organization_id = c.organization_id and d.id = c.document_id and d.version = c.version
    where c.organization_id = ${sight.organizationId} and c.id = any(${ids}::uuid[])
      and d.collection_id = any(${sight.collectionIds}::uuid[])`.execute(tx);
  return rows;
}

type EntityPlace = { organizationId: string; collectionId: string; id: string };

/** Changes an entity as a person wants it. */
export async function updateEntity(
  tx: TenantTx,
  at: EntityPlace,
  change: { name?: string; key?: string; type?: string; description?: string },
): Promise<void> {
  await on(tx)
    .updateTable('graph_entities')
    .set({
      ...change,
      is_edited: true,
      updated_at: new Date(),
      ...(change.name === undefined ? {} : { embedding: null }),
    })
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.id)
    .execute();
}

/** Deletes an entity with its names, mentions and facts. */
export async function deleteEntity(tx: TenantTx, at: EntityPlace): Promise<void> {
  await on(tx)
    .deleteFrom('graph_entities')
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.id)
    .execute();
}

/** Moves names, mentions and facts of one entity to another; what both have stays once. The empty one is to be deleted then. */
export async function moveFacts(tx: TenantTx, at: EntityPlace, from: string): Promise<void> {
  const { organizationId: o, id: into } = at;
  await sql`update graph_names set entity_id = ${into} where organization_id = ${o} and entity_id = ${from}`.execute(
    tx,
  );
  await sql`insert into graph_mentions (organization_id, entity_id, chunk_id, workspace_id, collection_id, document_id, version,
      description, method)
    select organization_id, ${into}::uuid, chunk_id, workspace_id, collection_id, document_id, version, description, method
    from graph_mentions where organization_id = ${o} and entity_id = ${from} on conflict do nothing`.execute(
    tx,
  );
  for (const [end, other] of [
    ['subject_id', 'object_id'],
    ['object_id', 'subject_id'],
  ] as const) {
    const [mine, its] = [sql.ref(`r.${end}`), sql.ref(`r.${other}`)];
    const [twinMine, twinIts] = [sql.ref(`t.${end}`), sql.ref(`t.${other}`)];
    // Where the other one has the same fact already, what proves this one proves that one.
    await sql`insert into graph_provenance (organization_id, relation_id, chunk_id, workspace_id, collection_id, document_id,
        version, statement, confidence, asserted_at)
      select p.organization_id, t.id, p.chunk_id, p.workspace_id, p.collection_id, p.document_id, p.version, p.statement,
        p.confidence, p.asserted_at
      from graph_relations r join graph_provenance p on p.organization_id = r.organization_id and p.relation_id = r.id
      join graph_relations t on t.organization_id = r.organization_id and ${twinMine} = ${into} and ${twinIts} = ${its}
        and t.predicate = r.predicate and t.valid_from is not distinct from r.valid_from
      where r.organization_id = ${o} and ${mine} = ${from} on conflict do nothing`.execute(tx);
    await sql`update graph_relations r set ${sql.ref(end)} = ${into}, updated_at = now()
      where r.organization_id = ${o} and ${mine} = ${from} and ${its} <> ${into} and not exists (
        select from graph_relations t where t.organization_id = r.organization_id and ${twinMine} = ${into}
          and ${twinIts} = ${its} and t.predicate = r.predicate and t.valid_from is not distinct from r.valid_from)`.execute(
      tx,
    );
  }
}

/** Lets a name lead to an entity, unless it leads to one already; answers where it leads. */
export async function claimName(
  tx: TenantTx,
  at: EntityPlace,
  named: { key: string; name: string },
): Promise<string> {
  const { rows } = await sql<{ entity_id: string }>`
    insert into graph_names (organization_id, collection_id, key, workspace_id, entity_id, name)
    select organization_id, collection_id, ${named.key}, workspace_id, id, ${named.name} from graph_entities
    where organization_id = ${at.organizationId} and id = ${at.id}
    on conflict (organization_id, collection_id, key) do update
      set name = case when graph_names.entity_id = ${at.id} then excluded.name else graph_names.name end
    returning entity_id`.execute(tx);
  return rows[0]!.entity_id;
}
