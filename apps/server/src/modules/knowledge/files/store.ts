// Queries on what is to be cleared away: files and passages that nobody needs any more. Every one names the organization.
import { type Kysely, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import type { KnowledgeTables } from '../tables.ts';

export type Remains = { blob_id: string } | { document_id: string; version: number };
export type RemainsRow = {
  id: string;
  blob_id: string | null;
  document_id: string | null;
  version: number | null;
};

const on = (tx: TenantTx) => tx.$extendTables<KnowledgeTables>() as unknown as Kysely<KnowledgeTables>;

/** Notes what is to be cleared at `dueAt`. */
export async function addRemains(
  tx: TenantTx,
  organizationId: string,
  { remains, dueAt }: { remains: Remains[]; dueAt: Date },
): Promise<void> {
  if (remains.length === 0) return;
  const rows = remains.map((one) => ({
    organization_id: organizationId,
    id: 'blob_id' in one ? one.blob_id : newId(),
    blob_id: 'blob_id' in one ? one.blob_id : null,
    document_id: 'blob_id' in one ? null : one.document_id,
    version: 'blob_id' in one ? null : one.version,
    due_at: dueAt,
  }));
  await on(tx)
    .insertInto('document_remains')
    .values(rows)
    .onConflict((c) => c.doNothing())
    .execute();
}

/** Keeps a folder of files that had been noted: a document has claimed it. False when it was cleared meanwhile. */
export async function claimBlob(tx: TenantTx, organizationId: string, blobId: string): Promise<boolean> {
  const done = await on(tx)
    .deleteFrom('document_remains')
    .where('organization_id', '=', organizationId)
    .where('id', '=', blobId)
    .executeTakeFirst();
  return (done.numDeletedRows ?? 0n) > 0n;
}

/** Notes the files of all documents of a workspace, or of one collection, which are about to be deleted. */
export async function addRemainsOf(
  tx: TenantTx,
  organizationId: string,
  place: { workspaceId: string; collectionId: string | undefined },
): Promise<void> {
  await sql`insert into document_remains (organization_id, id, blob_id, due_at)
    select distinct v.organization_id, v.blob_id, v.blob_id, now() from document_versions v
    join documents d on d.organization_id = v.organization_id and d.id = v.document_id
    where d.organization_id = ${organizationId} and d.workspace_id = ${place.workspaceId}
      and (${place.collectionId ?? null}::uuid is null or d.collection_id = ${place.collectionId ?? null}) and v.blob_id is not null
    on conflict do nothing`.execute(tx as unknown as Kysely<unknown>);
}

/** What is due to be cleared, oldest first. */
export async function listDueRemains(
  tx: TenantTx,
  organizationId: string,
  limit: number,
): Promise<RemainsRow[]> {
  return on(tx)
    .selectFrom('document_remains')
    .select(['id', 'blob_id', 'document_id', 'version'])
    .where('organization_id', '=', organizationId)
    .where('due_at', '<=', sql<Date>`clock_timestamp()`)
    .orderBy('due_at')
    .limit(limit)
    .execute();
}

/** When the next is due; undefined when nothing is noted. */
export async function nextDue(tx: TenantTx, organizationId: string): Promise<Date | undefined> {
  const row = await on(tx)
    .selectFrom('document_remains')
    .select('due_at')
    .where('organization_id', '=', organizationId)
    .orderBy('due_at')
    .limit(1)
    .executeTakeFirst();
  return row?.due_at;
}

/** Forgets what was cleared. */
export async function deleteRemains(tx: TenantTx, organizationId: string, ids: string[]): Promise<void> {
  await on(tx)
    .deleteFrom('document_remains')
    .where('organization_id', '=', organizationId)
    .where('id', 'in', ids)
    .execute();
}

/** Deletes at most `limit` passages of a version; returns how many. */
export async function deletePassages(
  tx: TenantTx,
  organizationId: string,
  of: { documentId: string; version: number; limit: number },
): Promise<number> {
  const done = await sql`delete from chunks where organization_id = ${organizationId} and id in (
    select id from chunks where organization_id = ${organizationId} and document_id = ${of.documentId}
      and version = ${of.version} limit ${of.limit})`.execute(tx as unknown as Kysely<unknown>);
  return Number(done.numAffectedRows ?? 0);
}
