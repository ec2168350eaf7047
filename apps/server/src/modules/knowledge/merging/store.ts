// Queries of merging: which indexes may need it, what their segments hold, and the exchange of some for one.
import { type Kysely, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { IndexPlace } from '../segments/store.ts';
import type { SegmentTables } from '../segments/tables.ts';

export type SizedSegment = {
  id: string;
  workspace_id: string;
  collection_id: string;
  generation: number;
  passages: number;
  documents: number;
  dead: number;
};
export type HeldDocument = {
  segment_id: string;
  document_no: number;
  document_id: string;
  version: number;
  is_dead: boolean;
};

const SEGMENTS_MAX = 20_000;
const on = (tx: TenantTx) => tx.$extendTables<SegmentTables>() as unknown as Kysely<SegmentTables>;

/** Segments of the indexes that have so many of them, or dead documents in any. */
export async function listSegmentSizes(
  tx: TenantTx,
  organizationId: string,
  mergeAt: number,
): Promise<SizedSegment[]> {
  const { rows } = await sql<SizedSegment>`
    with sized as (
      select s.id, s.workspace_id, s.collection_id, s.generation, s.passages, s.documents, (
        select count(*)::int from search_segment_documents d
        where d.organization_id = ${organizationId} and d.segment_id = s.id and d.is_dead) as dead
      from search_segments s where s.organization_id = ${organizationId}
    ), counted as (
      select *, count(*) over one_index as segments, sum(dead) over one_index as all_dead
      from sized window one_index as (partition by collection_id, generation)
    )
    select id, workspace_id, collection_id, generation, passages, documents, dead
    from counted where segments >= ${mergeAt} or all_dead > 0 order by id limit ${SEGMENTS_MAX}`.execute(tx);
  return rows;
}

/** Which documents segments hold, in the order of their numbers. */
export async function listHeldDocuments(
  tx: TenantTx,
  organizationId: string,
  segmentIds: readonly string[],
): Promise<HeldDocument[]> {
  return on(tx)
    .selectFrom('search_segment_documents')
    .select(['segment_id', 'document_no', 'document_id', 'version', 'is_dead'])
    .where('organization_id', '=', organizationId)
    .where(sql<boolean>`segment_id = any(${segmentIds}::uuid[])`)
    .orderBy('segment_id')
    .orderBy('document_no')
    .execute();
}

/** Removes segments with everything of theirs; answers how many there were. */
export async function deleteSegments(
  tx: TenantTx,
  at: Pick<IndexPlace, 'organizationId'>,
  segmentIds: readonly string[],
): Promise<number> {
  const { numDeletedRows } = await on(tx)
    .deleteFrom('search_segments')
    .where('organization_id', '=', at.organizationId)
    .where(sql<boolean>`id = any(${segmentIds}::uuid[])`)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
