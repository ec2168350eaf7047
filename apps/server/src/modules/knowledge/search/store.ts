// Queries of searching: what is to be searched, and the passages that were found. Both run under the asking actor. Rows are
// looked up one by one from what names them (`lateral … limit 1`): left to itself, a planner without figures on a table walks
// through all documents of the organization instead.
import { type RawBuilder, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { LiveSegment } from '../segments/store.ts';

type Comparable = string | number;
type Scalar = Comparable | boolean;
export type Condition = {
  field: string;
  equals?: Scalar | undefined;
  in?: Scalar[] | undefined;
  gt?: Comparable | undefined;
  gte?: Comparable | undefined;
  lt?: Comparable | undefined;
  lte?: Comparable | undefined;
  exists?: boolean | undefined;
};
export type Filter = Condition | { and: Filter[] } | { or: Filter[] } | { not: Filter };
/** Which documents may be found; nothing given: all. */
export type DocumentChoice = { filter?: Filter | undefined; documentIds?: readonly string[] | undefined };
/** A segment to search; `allowed` are numbers of its documents, null for all. */
export type SearchedRow = LiveSegment & { allowed: number[] | null };

/** The segments of the collections given, with what is dead and what may be found of them, as one moment saw it. */
export async function listSearchedSegments(
  tx: TenantTx,
  at: { organizationId: string; collectionIds: readonly string[] },
  choice: DocumentChoice,
): Promise<SearchedRow[]> {
  const { organizationId, collectionIds } = at;
  const allowed = choiceOf(choice);
  const { rows } = await sql<SearchedRow>`
    select s.id, s.collection_id, s.format, s.analyser, s.passages, s.bytes, array(
        select d.document_no from search_segment_documents d
        where d.organization_id = ${organizationId} and d.segment_id = s.id and d.is_dead) as dead,
      ${
        allowed
          ? sql`array(
        select d.document_no from search_segment_documents d
        cross join lateral (
          select * from documents where organization_id = ${organizationId} and id = d.document_id limit 1) o
        where d.organization_id = ${organizationId} and d.segment_id = s.id and not d.is_dead and ${allowed})`
          : sql`null::int[]`
      } as allowed
    from collections c
    join search_segments s on s.organization_id = c.organization_id and s.collection_id = c.id
      and s.generation = c.embedding_generation
    where c.organization_id = ${organizationId} and c.id = any(${collectionIds}::uuid[])
    order by s.id`.execute(tx);
  return rows;
}

function choiceOf({ filter, documentIds }: DocumentChoice): RawBuilder<unknown> | undefined {
  const parts = [
    ...(documentIds ? [sql`o.id = any(${documentIds}::uuid[])`] : []),
    ...(filter ? [conditionOf(filter)] : []),
  ];
  return parts.length > 0 ? sql`(${sql.join(parts, sql` and `)})` : undefined;
}

function conditionOf(filter: Filter): RawBuilder<unknown> {
  if ('and' in filter) return sql`(${sql.join(filter.and.map(conditionOf), sql` and `)})`;
  if ('or' in filter) return sql`(${sql.join(filter.or.map(conditionOf), sql` or `)})`;
  if ('not' in filter) return sql`coalesce(not ${conditionOf(filter.not)}, true)`;
  const value = fieldOf(filter.field);
  const parts = [
    ...(filter.equals === undefined ? [] : [holds(value, [filter.equals])]),
    ...(filter.in === undefined ? [] : [holds(value, filter.in)]),
    ...(filter.exists === undefined
      ? []
      : [filter.exists ? sql`${value} is not null` : sql`${value} is null`]),
    ...compareOf(value, filter),
  ];
  return sql`coalesce(${sql.join(parts, sql` and `)}, false)`;
}

/** The field as JSON; null where the document has none. */
function fieldOf(field: string): RawBuilder<unknown> {
  if (field.startsWith('metadata.')) return sql`nullif(o.metadata -> ${field.slice(9)}::text, 'null'::jsonb)`;
  if (field === 'created_at' || field === 'updated_at')
    return sql`to_jsonb(to_char(${sql.ref(`o.${field}`)} at time zone 'UTC', ${'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'}::text))`;
  return sql`to_jsonb(${sql.ref(`o.${field}`)})`;
}

/** Whether the value is one of those given, or a list that has one of them. */
function holds(value: RawBuilder<unknown>, given: readonly Scalar[]): RawBuilder<unknown> {
  return sql`exists (select 1 from jsonb_array_elements(${JSON.stringify(given)}::jsonb) as g (one)
    where g.one = ${value} or (jsonb_typeof(${value}) = 'array' and ${value} @> g.one))`;
}

/** Numbers are compared with numbers and texts with texts, by code point; anything else is never in a range. */
function compareOf(value: RawBuilder<unknown>, given: Condition): RawBuilder<unknown>[] {
  const signs = { gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=` };
  return (['gt', 'gte', 'lt', 'lte'] as const).flatMap((name) => {
    const bound = given[name];
    if (bound === undefined) return [];
    if (typeof bound === 'number')
      return [
        sql`case when jsonb_typeof(${value}) = 'number' then (${value} #>> '{}')::numeric ${signs[name]} ${bound}::numeric end`,
      ];
    return [
      sql`case when jsonb_typeof(${value}) = 'string' then (${value} #>> '{}') collate "C" ${signs[name]} ${bound}::text collate "C" end`,
    ];
  });
}

export type FoundRow = {
  id: string;
  collection_id: string;
  document_id: string;
  version: number;
  seq: number;
  kind: 'text' | 'table' | 'code';
  text: string;
  heading_path: string[];
  page_start: number | null;
  page_end: number | null;
  start_offset: number;
  end_offset: number;
  title: string;
  source: string;
  external_id: string | null;
  metadata: Record<string, unknown>;
  created_at: Date;
  /** Its vector, when it was asked for and is kept. */
  vector: Buffer | null;
};
export type FoundChoice = {
  ids: readonly string[];
  /** Whether vectors are wanted with the passages. */
  vectors: boolean;
  /** Also of versions that were replaced meanwhile. */
  replaced: boolean;
};

/** Passages by their ids, as far as they belong to a document in one of the collections, and to its version in use; in no order. */
export async function listFound(
  tx: TenantTx,
  at: { organizationId: string; collectionIds: readonly string[] },
  { ids, vectors, replaced }: FoundChoice,
): Promise<FoundRow[]> {
  const { organizationId, collectionIds } = at;
  const { rows } = await sql<FoundRow>`
    select c.id, c.collection_id, c.document_id, c.version, c.seq, c.kind, c.text, c.heading_path, c.page_start, c.page_end,
      c.start_offset, c.end_offset, d.title, d.source, d.external_id, d.metadata, d.created_at,
      ${vectors ? vectorInUse : sql`null::bytea`} as vector
    from unnest(${ids}::uuid[]) as wanted (id)
    cross join lateral (
      select * from chunks where organization_id = ${organizationId} and id = wanted.id limit 1) c
    cross join lateral (
      select * from documents where organization_id = ${organizationId} and id = c.document_id limit 1) d
    where (d.version = c.version or ${replaced}) and c.collection_id = any(${collectionIds}::uuid[])
      and d.collection_id = c.collection_id`.execute(tx);
  return rows;
}

const vectorInUse = sql`(select v.vector from chunk_vectors v join collections o
  on o.organization_id = v.organization_id and o.id = c.collection_id and o.embedding_generation = v.generation
  where v.organization_id = c.organization_id and v.chunk_id = c.id)`;

export type NeighbourRow = { id: string; document_id: string; version: number; seq: number; text: string };

/** The passages at the places given. */
export async function listNeighbours(
  tx: TenantTx,
  organizationId: string,
  places: readonly { documentId: string; version: number; seq: number }[],
): Promise<NeighbourRow[]> {
  const { rows } = await sql<NeighbourRow>`
    select c.id, c.document_id, c.version, c.seq, c.text
    from unnest(${places.map((one) => one.documentId)}::uuid[], ${places.map((one) => one.version)}::int[],
      ${places.map((one) => one.seq)}::int[]) as p (document_id, version, seq)
    cross join lateral (
      select * from chunks where organization_id = ${organizationId} and document_id = p.document_id
        and version = p.version and seq = p.seq limit 1) c`.execute(tx);
  return rows;
}

/** How many documents the collections have: all, those that are searchable, and those that are being read. */
export async function countDocuments(
  tx: TenantTx,
  at: { organizationId: string; collectionIds: readonly string[] },
): Promise<{ total: number; searchable: number; under_way: number }> {
  const { rows } = await sql<{ total: number; searchable: number; under_way: number }>`
    select count(*)::int as total, count(d.version)::int as searchable,
      count(*) filter (where v.status in ('queued', 'reading', 'embedding', 'indexing'))::int as under_way
    from documents d left join document_versions v on v.organization_id = d.organization_id and v.document_id = d.id
      and v.version = d.latest_version
    where d.organization_id = ${at.organizationId} and d.collection_id = any(${at.collectionIds}::uuid[])`.execute(
    tx,
  );
  return rows[0]!;
}
