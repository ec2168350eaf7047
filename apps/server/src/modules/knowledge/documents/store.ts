// Queries on documents and their versions. Every one names the organization, and the door holds it to that.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { KnowledgeTables } from '../tables.ts';

export type VersionRow = Selectable<KnowledgeTables['document_versions']>;
export type DocumentRow = Selectable<KnowledgeTables['documents']>;
/** A document together with its newest version. */
export type FullRow = DocumentRow & { latest: VersionRow };
export type Place = { organizationId: string; workspaceId: string };

export const documentColumns = [
  'organization_id',
  'id',
  'workspace_id',
  'collection_id',
  'title',
  'source',
  'source_kind',
  'external_id',
  'metadata',
  'version',
  'latest_version',
  'created_by',
  'created_at',
  'updated_at',
] as const;
export const versionColumns = [
  'organization_id',
  'document_id',
  'version',
  'workspace_id',
  'collection_id',
  'file_name',
  'blob_id',
  'content_type',
  'bytes',
  'content_hash',
  'format',
  'status',
  'stage',
  'attempts',
  'retry_at',
  'error_code',
  'error_detail',
  'page_count',
  'chunk_count',
  'embedded_count',
  'token_count',
  'warnings',
  'properties',
  'created_by',
  'created_at',
  'stage_at',
  'ready_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<KnowledgeTables>() as unknown as Kysely<KnowledgeTables>;

const documentsOf = (tx: TenantTx, organizationId: string) =>
  on(tx).selectFrom('documents').select(documentColumns).where('organization_id', '=', organizationId);
const versionsOf = (tx: TenantTx, organizationId: string) =>
  on(tx).selectFrom('document_versions').select(versionColumns).where('organization_id', '=', organizationId);

/** The newest versions of documents, put beside them. */
async function complete(tx: TenantTx, organizationId: string, rows: DocumentRow[]): Promise<FullRow[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const numbers = rows.map(({ latest_version }) => latest_version);
  const versions = await versionsOf(tx, organizationId)
    .where(sql<boolean>`(document_id, version) in (select * from unnest(${ids}::uuid[], ${numbers}::int[]))`)
    .execute();
  const byDocument = new Map(versions.map((one) => [one.document_id, one]));
  return rows.map((row) => ({ ...row, latest: byDocument.get(row.id)! }));
}

/** One document with its newest version; with `lock`, nobody else changes it until the transaction ends. */
export async function findDocument(
  tx: TenantTx,
  at: { organizationId: string; documentId: string; lock?: boolean },
): Promise<FullRow | undefined> {
  const query = documentsOf(tx, at.organizationId).where('id', '=', at.documentId);
  const row = await (at.lock ? query.forNoKeyUpdate() : query).executeTakeFirst();
  return row && (await complete(tx, at.organizationId, [row]))[0];
}

export type DocumentFilter = {
  collectionIds: string[];
  limit: number;
  before: string | undefined;
  status: string | undefined;
  title: string | undefined;
  externalId: string | undefined;
};

/** A page of documents of the collections given, newest first; reads one more than `limit`. */
export async function listDocuments(
  tx: TenantTx,
  organizationId: string,
  filter: DocumentFilter,
): Promise<FullRow[]> {
  let query = documentsOf(tx, organizationId).where(
    sql<boolean>`collection_id = any (${filter.collectionIds}::uuid[])`,
  );
  if (filter.before !== undefined) query = query.where('id', '<', filter.before);
  if (filter.externalId !== undefined) query = query.where('external_id', '=', filter.externalId);
  if (filter.title !== undefined)
    query = query.where('title', 'ilike', `%${filter.title.replace(/[\\%_]/g, (c) => `\\${c}`)}%`);
  if (filter.status !== undefined)
    query = query.where(
      sql<boolean>`exists (select from document_versions v where v.organization_id = documents.organization_id
        and v.document_id = documents.id and v.version = documents.latest_version and v.status = ${filter.status})`,
    );
  const rows = await query
    .orderBy('id', 'desc')
    .limit(filter.limit + 1)
    .execute();
  return complete(tx, organizationId, rows);
}

/** The bytes of the newest versions of all documents of the collections. */
export async function sumBytes(
  tx: TenantTx,
  organizationId: string,
  collectionIds: string[],
): Promise<number> {
  const { rows } = await sql<{
    bytes: number;
  }>`select coalesce(sum(v.bytes), 0)::bigint as bytes from documents d
    join document_versions v on v.organization_id = d.organization_id and v.document_id = d.id and v.version = d.latest_version
    where d.organization_id = ${organizationId} and d.collection_id = any (${collectionIds}::uuid[])`.execute(
    tx as unknown as Kysely<unknown>,
  );
  return rows[0]!.bytes;
}

/** All versions of a document, newest first; at most 200. */
export async function listVersions(
  tx: TenantTx,
  organizationId: string,
  documentId: string,
): Promise<VersionRow[]> {
  return versionsOf(tx, organizationId)
    .where('document_id', '=', documentId)
    .orderBy('version', 'desc')
    .limit(200)
    .execute();
}

/** One version of a document, whether searchers see it or not. */
export async function findVersion(
  tx: TenantTx,
  at: { organizationId: string; documentId: string; version: number },
): Promise<VersionRow | undefined> {
  return versionsOf(tx, at.organizationId)
    .where('document_id', '=', at.documentId)
    .where('version', '=', at.version)
    .executeTakeFirst();
}

/** The document of that name in the collection. */
export async function findNamed(
  tx: TenantTx,
  at: { organizationId: string; collectionId: string; externalId: string },
): Promise<FullRow | undefined> {
  const rows = await documentsOf(tx, at.organizationId)
    .where('collection_id', '=', at.collectionId)
    .where('external_id', '=', at.externalId)
    .forNoKeyUpdate()
    .execute();
  return (await complete(tx, at.organizationId, rows))[0];
}

/** The oldest document of the collection whose newest version has these very bytes and did not fail. */
export async function findSame(
  tx: TenantTx,
  at: Place & { collectionId: string; hash: Buffer },
): Promise<FullRow | undefined> {
  const rows = await documentsOf(tx, at.organizationId)
    .where('collection_id', '=', at.collectionId)
    .where(
      sql<boolean>`(id, latest_version) in (select document_id, version from document_versions
        where organization_id = ${at.organizationId} and workspace_id = ${at.workspaceId} and content_hash = ${at.hash}
          and status not in ('failed', 'cancelled'))`,
    )
    .orderBy('id')
    .limit(1)
    .execute();
  return (await complete(tx, at.organizationId, rows))[0];
}

/** Holds the workspace's count of documents; undefined when there is no such workspace in the transaction's sight. */
export async function lockCount(tx: TenantTx, place: Place): Promise<number | undefined> {
  const row = await on(tx)
    .selectFrom('workspaces')
    .select('document_count')
    .where('organization_id', '=', place.organizationId)
    .where('id', '=', place.workspaceId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row?.document_count;
}

/** Counts documents that came (or, negative, went). */
export async function changeCount(tx: TenantTx, place: Place, by: number): Promise<void> {
  await on(tx)
    .updateTable('workspaces')
    .set({ document_count: sql<number>`greatest(0, document_count + ${by})` })
    .where('organization_id', '=', place.organizationId)
    .where('id', '=', place.workspaceId)
    .execute();
}

export type NewDocument = Omit<DocumentRow, 'metadata' | 'created_at' | 'updated_at' | 'version'> & {
  metadata: Record<string, unknown>;
};

/** Adds a document without versions. */
export async function insertDocument(tx: TenantTx, row: NewDocument): Promise<void> {
  await on(tx)
    .insertInto('documents')
    .values({ ...row, version: null, metadata: JSON.stringify(row.metadata) })
    .execute();
}

export type DocumentChange = Partial<
  Pick<DocumentRow, 'title' | 'source' | 'collection_id' | 'version' | 'latest_version'>
> & { metadata?: Record<string, unknown> };

/** Changes what is given of a document. */
export async function updateDocument(
  tx: TenantTx,
  at: { organizationId: string; documentId: string },
  { metadata, ...change }: DocumentChange,
): Promise<void> {
  await on(tx)
    .updateTable('documents')
    .set({
      ...change,
      ...(metadata ? { metadata: JSON.stringify(metadata) } : {}),
      updated_at: sql<Date>`now()`,
    })
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.documentId)
    .execute();
}

/** Deletes a document with its versions, passages and vectors. */
export async function deleteDocument(
  tx: TenantTx,
  at: { organizationId: string; documentId: string },
): Promise<void> {
  await on(tx)
    .deleteFrom('documents')
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.documentId)
    .execute();
}
