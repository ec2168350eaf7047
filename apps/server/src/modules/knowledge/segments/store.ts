// Queries on the search index. Segments are only ever added and removed as a whole; what changes in between is which of
// their documents are dead.
import { type Kysely, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { DocumentVersion } from '../../../platform/searching/index.ts';
import type { SegmentTables } from './tables.ts';

/** Where an index stands: one collection, one making of its vectors. */
export type IndexPlace = {
  organizationId: string;
  workspaceId: string;
  collectionId: string;
  generation: number;
};
export type NewSegment = {
  id: string;
  format: number;
  analyser: number;
  passages: number;
  bytes: Uint8Array;
  documents: readonly (DocumentVersion & { isDead?: boolean })[];
};
/** A segment that searches see; `dead` are numbers of its documents. */
export type LiveSegment = {
  id: string;
  collection_id: string;
  format: number;
  analyser: number;
  passages: number;
  bytes: number;
  dead: number[];
};

const PART_BYTES = 1 << 20;
const ROWS_MAX = 2_000;
const on = (tx: TenantTx) => tx.$extendTables<SegmentTables>() as unknown as Kysely<SegmentTables>;
const columnsOf = (at: IndexPlace) => ({
  organization_id: at.organizationId,
  workspace_id: at.workspaceId,
  collection_id: at.collectionId,
});

/** Holds others off who retire documents of the collection (`shared`), or merge its segments (not shared), until the transaction ends. */
export async function holdIndex(
  tx: TenantTx,
  at: Pick<IndexPlace, 'organizationId' | 'collectionId'>,
  shared: boolean,
): Promise<void> {
  const key = sql`hashtextextended(${`search_segments ${at.organizationId} ${at.collectionId}`}, 0)`;
  await (shared
    ? sql`select pg_advisory_xact_lock_shared(${key})`
    : sql`select pg_advisory_xact_lock(${key})`
  ).execute(tx);
}

/** Adds a segment with its bytes and documents. */
export async function addSegment(tx: TenantTx, at: IndexPlace, segment: NewSegment): Promise<void> {
  const { id, format, analyser, passages, bytes, documents } = segment;
  const place = columnsOf(at);
  await on(tx)
    .insertInto('search_segments')
    .values({
      ...place,
      id,
      generation: at.generation,
      format,
      analyser,
      passages,
      documents: documents.length,
      bytes: bytes.length,
    })
    .execute();
  for (let part = 0; part * PART_BYTES < bytes.length; part++) {
    const piece = bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
    await on(tx)
      .insertInto('search_segment_parts')
      .values({
        ...place,
        segment_id: id,
        part,
        bytes: Buffer.from(piece.buffer, piece.byteOffset, piece.length),
      })
      .execute();
  }
  for (let from = 0; from < documents.length; from += ROWS_MAX) {
    const some = documents.slice(from, from + ROWS_MAX);
    await sql`
      insert into search_segment_documents
        (organization_id, segment_id, document_no, workspace_id, collection_id, document_id, version, is_dead)
      select ${at.organizationId}, ${id}, ${from}::int + n::int - 1, ${at.workspaceId}, ${at.collectionId}, document_id, version, is_dead
      from unnest(${some.map((one) => one.documentId)}::uuid[], ${some.map((one) => one.version)}::int[],
        ${some.map((one) => one.isDead ?? false)}::boolean[]) with ordinality as d (document_id, version, is_dead, n)`.execute(
      tx,
    );
  }
}

/** Marks document versions dead wherever they are indexed, in every generation; answers in how many segments that was. */
export async function markDead(
  tx: TenantTx,
  organizationId: string,
  documents: readonly DocumentVersion[],
): Promise<number> {
  const { numAffectedRows } = await sql`
    update search_segment_documents d set is_dead = true
    from unnest(${documents.map((one) => one.documentId)}::uuid[], ${documents.map((one) => one.version)}::int[])
      as gone (document_id, version)
    where d.organization_id = ${organizationId} and d.document_id = gone.document_id and d.version = gone.version
      and not d.is_dead`.execute(tx);
  return Number(numAffectedRows ?? 0n);
}

/** The bytes of segments, part by part in order; of those that are gone there is nothing. */
export async function readParts(
  tx: TenantTx,
  organizationId: string,
  segmentIds: readonly string[],
): Promise<{ segment_id: string; part: number; bytes: Buffer }[]> {
  return on(tx)
    .selectFrom('search_segment_parts')
    .select(['segment_id', 'part', 'bytes'])
    .where('organization_id', '=', organizationId)
    .where(sql<boolean>`segment_id = any(${segmentIds}::uuid[])`)
    .orderBy('segment_id')
    .orderBy('part')
    .execute();
}

/** How many segments an index has. */
export async function countSegments(tx: TenantTx, at: IndexPlace): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from search_segments
    where organization_id = ${at.organizationId} and collection_id = ${at.collectionId} and generation = ${at.generation}`.execute(
    tx,
  );
  return rows[0]!.n;
}

/** Adds vectors of passages, in place of earlier ones. */
export async function addVectors(
  tx: TenantTx,
  at: IndexPlace,
  vectors: readonly { chunk_id: string; vector: Buffer }[],
): Promise<void> {
  for (let from = 0; from < vectors.length; from += ROWS_MAX) {
    const some = vectors.slice(from, from + ROWS_MAX);
    await sql`
      insert into chunk_vectors (organization_id, chunk_id, generation, workspace_id, collection_id, vector)
      select ${at.organizationId}, chunk_id, ${at.generation}, ${at.workspaceId}, ${at.collectionId}, vector
      from unnest(${some.map((one) => one.chunk_id)}::uuid[], ${some.map((one) => one.vector)}::bytea[]) as v (chunk_id, vector)
      on conflict (organization_id, chunk_id, generation) do update set vector = excluded.vector`.execute(tx);
  }
}

/** The vectors of passages that have one. */
export async function listVectors(
  tx: TenantTx,
  at: Pick<IndexPlace, 'organizationId' | 'generation'>,
  chunkIds: readonly string[],
): Promise<{ chunk_id: string; vector: Buffer }[]> {
  return on(tx)
    .selectFrom('chunk_vectors')
    .select(['chunk_id', 'vector'])
    .where('organization_id', '=', at.organizationId)
    .where('generation', '=', at.generation)
    .where(sql<boolean>`chunk_id = any(${chunkIds}::uuid[])`)
    .execute();
}

/** Removes a generation's segments and some of its vectors; whether there may be more of these. */
export async function deleteGeneration(
  tx: TenantTx,
  at: Omit<IndexPlace, 'workspaceId'>,
  vectorsMax: number,
): Promise<boolean> {
  await on(tx)
    .deleteFrom('search_segments')
    .where('organization_id', '=', at.organizationId)
    .where('collection_id', '=', at.collectionId)
    .where('generation', '=', at.generation)
    .execute();
  const { numAffectedRows } = await sql`
    delete from chunk_vectors where organization_id = ${at.organizationId} and generation = ${at.generation}
      and chunk_id = any(array(
        select chunk_id from chunk_vectors where organization_id = ${at.organizationId}
          and collection_id = ${at.collectionId} and generation = ${at.generation} limit ${vectorsMax}))`.execute(
    tx,
  );
  return Number(numAffectedRows ?? 0n) === vectorsMax;
}
