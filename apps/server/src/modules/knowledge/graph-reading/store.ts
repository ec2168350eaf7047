// Queries that write what was read into the graph. Everything is done for many passages at once, and again without harm.
import { type Kysely, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { GraphMethod, GraphTables } from '../graph/tables.ts';
import { documentDate } from './document-date.ts';

const on = (tx: TenantTx) => tx.$extendTables<GraphTables>() as unknown as Kysely<GraphTables>;

export type GraphPlace = { organizationId: string; workspaceId: string; collectionId: string };
export type NewName = { key: string; name: string; entity_id: string };
export type NewEntity = { id: string; key: string; name: string; type: string; method: GraphMethod };
export type PassageOf = { chunk_id: string; document_id: string; version: number };
export type NewMention = PassageOf & { entity_id: string; description: string; method: GraphMethod };
export type NewRelation = {
  id: string;
  subject_id: string;
  predicate: string;
  object_id: string;
  valid_from: string | null;
  valid_to: string | null;
  asserted_at: string;
  is_exclusive: boolean;
  confidence: number;
};
export type NewProvenance = PassageOf & {
  relation_id: string;
  statement: string;
  confidence: number;
  asserted_at: string;
};

/** Lets only this transaction write names of the collection's graph until it ends. */
export async function holdGraph(tx: TenantTx, at: GraphPlace): Promise<void> {
  const place = `graph ${at.organizationId} ${at.collectionId}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${place}, 0))`.execute(tx);
}

/** The entities that keys lead to in a collection. */
export async function findByKeys(tx: TenantTx, at: GraphPlace, keys: string[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  const rows = await on(tx)
    .selectFrom('graph_names')
    .select(['key', 'entity_id'])
    .where('organization_id', '=', at.organizationId)
    .where('collection_id', '=', at.collectionId)
    .where('key', '=', sql<string>`any(${keys}::text[])`)
    .execute();
  return new Map(rows.map((row) => [row.key, row.entity_id]));
}

/** Adds entities; those that a model has read take its type, unless a person gave them one. */
export async function addEntities(tx: TenantTx, at: GraphPlace, rows: NewEntity[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`insert into graph_entities (organization_id, workspace_id, collection_id, id, key, name, type, method)
    select ${at.organizationId}::uuid, ${at.workspaceId}::uuid, ${at.collectionId}::uuid, id, key, name, type, method
    from json_to_recordset(${JSON.stringify(rows)}::json) as r (id uuid, key text, name text, type text, method text)
    on conflict (organization_id, id) do update set method = 'model', updated_at = now(),
      type = case when graph_entities.is_edited then graph_entities.type else excluded.type end
    where excluded.method = 'model'`.execute(tx);
}

/** Adds names that are still free. */
export async function addNames(tx: TenantTx, at: GraphPlace, rows: NewName[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`insert into graph_names (organization_id, workspace_id, collection_id, key, entity_id, name)
    select ${at.organizationId}::uuid, ${at.workspaceId}::uuid, ${at.collectionId}::uuid, key, entity_id, name
    from json_to_recordset(${JSON.stringify(rows)}::json) as r (key text, entity_id uuid, name text)
    on conflict do nothing`.execute(tx);
}

/** Adds mentions; what a model has read takes the place of what was found by rules. */
export async function addMentions(tx: TenantTx, at: GraphPlace, rows: NewMention[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`insert into graph_mentions (organization_id, workspace_id, collection_id, entity_id, chunk_id, document_id,
      version, description, method)
    select ${at.organizationId}::uuid, ${at.workspaceId}::uuid, ${at.collectionId}::uuid, entity_id, chunk_id, document_id,
      version, description, method
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as r (entity_id uuid, chunk_id uuid, document_id uuid, version int, description text, method text)
    on conflict (organization_id, entity_id, chunk_id) do update set method = 'model', description = excluded.description
    where excluded.method = 'model'`.execute(tx);
}

/** Takes away what rules found in passages that a model has read since. */
export async function removeLocalMentions(tx: TenantTx, at: GraphPlace, chunkIds: string[]): Promise<void> {
  await on(tx)
    .deleteFrom('graph_mentions')
    .where('organization_id', '=', at.organizationId)
    .where('chunk_id', '=', sql<string>`any(${chunkIds}::uuid[])`)
    .where('method', '=', 'local')
    .execute();
}

/** Counts the mentions of entities anew. */
export async function countMentions(tx: TenantTx, at: GraphPlace, entityIds: string[]): Promise<void> {
  await sql`update graph_entities e set mention_count = m.mentions from (
      select entity_id, count(*)::int as mentions from graph_mentions
      where organization_id = ${at.organizationId} and entity_id = any(${entityIds}::uuid[]) group by 1) m
    where e.organization_id = ${at.organizationId} and e.id = m.entity_id`.execute(tx);
}

/** Adds facts, each given once; answers the ids under which they stand, in the order given. */
export async function addRelations(tx: TenantTx, at: GraphPlace, rows: NewRelation[]): Promise<string[]> {
  if (rows.length === 0) return [];
  const { rows: made } = await sql<{ id: string; at: number }>`
    with given as (
      select * from json_to_recordset(${JSON.stringify(rows.map((row, i) => ({ ...row, i })))}::json) as r (i int, id uuid,
        subject_id uuid, predicate text, object_id uuid, valid_from timestamptz, valid_to timestamptz,
        asserted_at timestamptz, is_exclusive boolean, confidence real)
    ), written as (
      insert into graph_relations (organization_id, workspace_id, collection_id, id, subject_id, predicate, object_id,
        valid_from, valid_to, asserted_at, is_exclusive, confidence)
      select ${at.organizationId}::uuid, ${at.workspaceId}::uuid, ${at.collectionId}::uuid, id, subject_id, predicate,
        object_id, valid_from, valid_to, asserted_at, is_exclusive, confidence from given
      on conflict (organization_id, subject_id, predicate, object_id, valid_from) do update set
        asserted_at = greatest(graph_relations.asserted_at, excluded.asserted_at),
        confidence = greatest(graph_relations.confidence, excluded.confidence),
        valid_to = coalesce(excluded.valid_to, graph_relations.valid_to),
        is_exclusive = graph_relations.is_exclusive or excluded.is_exclusive, updated_at = now()
      returning id, subject_id, predicate, object_id, valid_from
    )
    select w.id, g.i as at from written w join given g on w.subject_id = g.subject_id and w.predicate = g.predicate
      and w.object_id = g.object_id and w.valid_from is not distinct from g.valid_from order by g.i`.execute(
    tx,
  );
  return made.map((row) => row.id);
}

/** Says where facts stand. */
export async function addProvenance(tx: TenantTx, at: GraphPlace, rows: NewProvenance[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`insert into graph_provenance (organization_id, workspace_id, collection_id, relation_id, chunk_id, document_id,
      version, statement, confidence, asserted_at)
    select ${at.organizationId}::uuid, ${at.workspaceId}::uuid, ${at.collectionId}::uuid, relation_id, chunk_id, document_id,
      version, statement, confidence, asserted_at
    from json_to_recordset(${JSON.stringify(rows)}::json) as r (relation_id uuid, chunk_id uuid, document_id uuid,
      version int, statement text, confidence real, asserted_at timestamptz)
    on conflict (organization_id, relation_id, chunk_id) do update set statement = excluded.statement,
      confidence = excluded.confidence, asserted_at = excluded.asserted_at`.execute(tx);
  await sql`update graph_relations r set evidence = p.evidence from (
      select relation_id, count(*)::int as evidence from graph_provenance
      where organization_id = ${at.organizationId}
        and relation_id = any(${[...new Set(rows.map((row) => row.relation_id))]}::uuid[]) group by 1) p
    where r.organization_id = ${at.organizationId} and r.id = p.relation_id`.execute(tx);
}

/**
 * Ends exclusive facts where a later one of the same subject and predicate names another object. Whatever the order in which
 * documents came, the outcome is the same: a fact begins when it says, or else when it was last asserted.
 */
export async function settleSuperseded(tx: TenantTx, at: GraphPlace, subjectIds: string[]): Promise<void> {
  await sql`update graph_relations r set superseded_at = n.starts_at, superseded_by = n.id
    from (
      select o.id as of, x.id, x.starts_at from graph_relations o left join lateral (
        select l.id, coalesce(l.valid_from, l.asserted_at) as starts_at from graph_relations l
        where l.organization_id = o.organization_id and l.subject_id = o.subject_id and l.predicate = o.predicate
          and l.is_exclusive and l.object_id <> o.object_id
          and coalesce(l.valid_from, l.asserted_at) > coalesce(o.valid_from, o.asserted_at)
        order by 2, 1 limit 1) x on true
      where o.organization_id = ${at.organizationId} and o.subject_id = any(${subjectIds}::uuid[]) and o.is_exclusive) n
    where r.organization_id = ${at.organizationId} and r.id = n.of
      and (r.superseded_by is distinct from n.id or r.superseded_at is distinct from n.starts_at)`.execute(
    tx,
  );
}

export type UnreadDocument = GraphPlace & {
  documentId: string;
  version: number;
  readsLocally: boolean;
  /** When it was written as far as the file says, or given. */
  assertedAt: Date;
};

/** Documents whose version that searchers see, or whose collection, is not the one that was read; oldest first. */
export async function listUnread(
  tx: TenantTx,
  organizationId: string,
  limit: number,
): Promise<UnreadDocument[]> {
  const rows = await on(tx)
    .selectFrom('documents as d')
    .innerJoin('document_versions as v', (join) =>
      join
        .onRef('v.organization_id', '=', 'd.organization_id')
        .onRef('v.document_id', '=', 'd.id')
        .onRef('v.version', '=', 'd.version'),
    )
    .leftJoin('graph_documents as g', (join) =>
      join.onRef('g.organization_id', '=', 'd.organization_id').onRef('g.document_id', '=', 'd.id'),
    )
    .leftJoin('graph_settings as s', (join) =>
      join
        .onRef('s.organization_id', '=', 'd.organization_id')
        .onRef('s.workspace_id', '=', 'd.workspace_id'),
    )
    .select([
      'd.id',
      'd.workspace_id',
      'd.collection_id',
      'd.version',
      's.reads_locally',
      'v.properties',
      'v.created_at',
    ])
    .where('d.organization_id', '=', organizationId)
    .where((e) =>
      e.or([
        e('g.version', 'is distinct from', e.ref('d.version')),
        e('g.collection_id', 'is distinct from', e.ref('d.collection_id')),
      ]),
    )
    .orderBy('d.id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    organizationId,
    workspaceId: row.workspace_id,
    collectionId: row.collection_id,
    documentId: row.id,
    version: row.version!,
    readsLocally: row.reads_locally ?? true,
    assertedAt: documentDate(row),
  }));
}

type DocumentPlace = GraphPlace & { documentId: string; version: number };

/** The passages of a version after one, in order, with what a model once read in them. */
export async function listPassages(tx: TenantTx, at: DocumentPlace, page: { after: number; limit: number }) {
  return on(tx)
    .selectFrom('chunks as c')
    .leftJoin('graph_passages as p', (join) =>
      join
        .onRef('p.organization_id', '=', 'c.organization_id')
        .onRef('p.chunk_id', '=', 'c.id')
        .on('p.status', '=', 'done'),
    )
    .select(['c.id', 'c.seq', 'c.text', 'c.heading_path', 'p.answer'])
    .where('c.organization_id', '=', at.organizationId)
    .where('c.document_id', '=', at.documentId)
    .where('c.version', '=', at.version)
    .where('c.seq', '>', page.after)
    .orderBy('c.seq')
    .limit(page.limit)
    .execute();
}

/** What a model answered about passages of an earlier version holds for the same words in this one. */
export async function carryAnswers(tx: TenantTx, at: DocumentPlace): Promise<void> {
  await sql`update graph_passages p set chunk_id = c.id, version = c.version, collection_id = c.collection_id
    from (
      select distinct on (text_hash) * from (
        select id, version, collection_id, seq, ${hashOfText} as text_hash from chunks c
        where c.organization_id = ${at.organizationId} and c.document_id = ${at.documentId} and c.version = ${at.version}
      ) hashed order by text_hash, seq) c
    where p.organization_id = ${at.organizationId} and p.document_id = ${at.documentId} and p.version <> ${at.version}
      and p.status = 'done' and p.text_hash = c.text_hash
      and not exists (select from graph_passages o where o.organization_id = p.organization_id and o.chunk_id = c.id)
      and not exists (select from graph_passages o where o.organization_id = p.organization_id
        and o.document_id = p.document_id and o.version <> ${at.version} and o.status = 'done'
        and o.text_hash = p.text_hash and o.chunk_id < p.chunk_id)`.execute(tx);
}

/** The fingerprint of what a model is shown of the passage `c`. */
export const hashOfText = sql<Buffer>`sha256(convert_to(array_to_string(c.heading_path, e'\n') || e'\n\n' || c.text, 'utf8'))`;

/** Takes away what was read in other versions of the document, or in another collection, and notes that this one was read. */
export async function markRead(tx: TenantTx, at: DocumentPlace): Promise<void> {
  for (const table of ['graph_provenance', 'graph_mentions', 'graph_passages'] as const)
    await on(tx)
      .deleteFrom(table)
      .where('organization_id', '=', at.organizationId)
      .where('document_id', '=', at.documentId)
      .where((e) => e.or([e('version', '!=', at.version), e('collection_id', '!=', at.collectionId)]))
      .execute();
  const row = { collection_id: at.collectionId, version: at.version, read_at: new Date() };
  await on(tx)
    .insertInto('graph_documents')
    .values({
      organization_id: at.organizationId,
      document_id: at.documentId,
      workspace_id: at.workspaceId,
      ...row,
    })
    .onConflict((c) => c.columns(['organization_id', 'document_id']).doUpdateSet(row))
    .execute();
}
