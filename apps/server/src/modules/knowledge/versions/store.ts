// Queries on the versions of documents: how far each has come. Every one names the organization.
import { type Kysely, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { KnowledgeTables } from '../tables.ts';

export type VersionAt = { organizationId: string; documentId: string; version: number };
export type Status = KnowledgeTables['document_versions']['status'];
/** Statuses of a version that is on its way. */
export const UNDER_WAY: Status[] = ['queued', 'reading', 'embedding', 'indexing'];

const on = (tx: TenantTx) => tx.$extendTables<KnowledgeTables>() as unknown as Kysely<KnowledgeTables>;

export type NewVersion = {
  workspace_id: string;
  file_name: string;
  blob_id: string;
  content_type: string | null;
  bytes: number;
  content_hash: Buffer;
  created_by: string | null;
};

/** Adds a version that waits to be read. */
export async function insertVersion(tx: TenantTx, at: VersionAt, row: NewVersion): Promise<void> {
  await on(tx)
    .insertInto('document_versions')
    .values((e) => ({
      organization_id: at.organizationId,
      document_id: at.documentId,
      version: at.version,
      ...row,
      collection_id: e
        .selectFrom('documents')
        .select('collection_id')
        .where('organization_id', '=', at.organizationId)
        .where('id', '=', at.documentId)
        .$asScalar()
        .$notNull(),
      status: 'queued',
      warnings: '[]',
      properties: '{}',
    }))
    .execute();
}

export type VersionChange = Partial<{
  status: Status;
  stage: string | null;
  attempts: number;
  retry_at: Date | null;
  error_code: string | null;
  error_detail: string | null;
  format: string | null;
  page_count: number | null;
  chunk_count: number;
  embedded_count: number;
  token_count: number;
  warnings: { code: string; detail: string }[];
  properties: Record<string, string>;
  blob_id: string | null;
  ready_at: Date | null;
}>;

/** Changes a version if it still has one of the statuses given; false when it has not. */
export async function updateVersion(
  tx: TenantTx,
  at: VersionAt,
  { from, change }: { from: readonly Status[]; change: VersionChange },
): Promise<boolean> {
  const { warnings, properties, ...rest } = change;
  const done = await on(tx)
    .updateTable('document_versions')
    .set({
      ...rest,
      ...(warnings ? { warnings: JSON.stringify(warnings) } : {}),
      ...(properties ? { properties: JSON.stringify(properties) } : {}),
      stage_at: sql<Date>`now()`,
    })
    .where('organization_id', '=', at.organizationId)
    .where('document_id', '=', at.documentId)
    .where('version', '=', at.version)
    .where('status', 'in', from)
    .executeTakeFirst();
  return (done.numUpdatedRows ?? 0n) > 0n;
}

/** Versions of a document older than `version` that are on their way: nobody waits for them any more. */
export async function supersedeUnderWay(tx: TenantTx, at: VersionAt): Promise<{ version: number }[]> {
  return on(tx)
    .updateTable('document_versions')
    .set({ status: 'superseded', stage: null, retry_at: null, stage_at: sql<Date>`now()` })
    .where('organization_id', '=', at.organizationId)
    .where('document_id', '=', at.documentId)
    .where('version', '<', at.version)
    .where('status', 'in', UNDER_WAY)
    .returning('version')
    .execute();
}

/** Folders of files that versions older than `version` have and no newer one needs; they are the caller's to clear from now on. */
export async function releaseBlobs(tx: TenantTx, at: VersionAt): Promise<string[]> {
  const { rows } = await sql<{ blob_id: string }>`
    with gone as (
      update document_versions o set blob_id = null
      from (select version, blob_id from document_versions where organization_id = ${at.organizationId}
        and document_id = ${at.documentId} and version < ${at.version} and blob_id is not null) old
      where o.organization_id = ${at.organizationId} and o.document_id = ${at.documentId} and o.version = old.version
      returning old.blob_id as blob_id
    ) select distinct blob_id from gone where blob_id not in (select n.blob_id from document_versions n
      where n.organization_id = ${at.organizationId} and n.document_id = ${at.documentId} and n.version >= ${at.version}
        and n.blob_id is not null)`.execute(tx as unknown as Kysely<unknown>);
  return rows.map(({ blob_id }) => blob_id);
}

/** Every folder of files of a document. */
export async function listBlobs(
  tx: TenantTx,
  at: { organizationId: string; documentId: string },
): Promise<string[]> {
  const rows = await on(tx)
    .selectFrom('document_versions')
    .select('blob_id')
    .distinct()
    .where('organization_id', '=', at.organizationId)
    .where('document_id', '=', at.documentId)
    .where('blob_id', 'is not', null)
    .execute();
  return rows.map(({ blob_id }) => blob_id!);
}
