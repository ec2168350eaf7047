// Queries of a deletion: its certificate, first as a draft of what is known so far, and the accounts that belong nowhere
// any more.
import { type Kysely, sql } from 'kysely';
import type { PlatformTx } from '../../../platform/db/door.ts';
import type { OwnerTx } from '../../../platform/db/owner.ts';
import type { DirectoryTables } from '../tables.ts';

/** What is known of a deletion under way; `rows` once everything was counted. */
export type Draft = {
  slug: string;
  key_destroyed_at: string;
  keys: number;
  rows?: Record<string, number>;
};

const on = (tx: PlatformTx) => tx.$extendTables<DirectoryTables>() as unknown as Kysely<DirectoryTables>;

/** The draft or the finished certificate, as it was kept. */
export async function findRecord(
  tx: PlatformTx,
  organizationId: string,
): Promise<Record<string, unknown> | undefined> {
  const row = await on(tx)
    .selectFrom('deletion_certificates')
    .select('certificate')
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
  return row?.certificate;
}

/** Keeps the draft or the finished certificate in place of an earlier one. */
export async function putRecord(
  tx: PlatformTx,
  organizationId: string,
  record: Record<string, unknown>,
): Promise<void> {
  const certificate = JSON.stringify(record);
  await on(tx)
    .insertInto('deletion_certificates')
    .values({ organization_id: organizationId, certificate })
    .onConflict((c) => c.column('organization_id').doUpdateSet({ certificate }))
    .execute();
}

/** Counts the accounts that belong to this organization only. Those of the platform's administrators are not among them. */
export async function countLonelyAccounts(tx: PlatformTx, organizationId: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from accounts a where not a.platform_admin
    and exists (select from account_memberships m where m.account_id = a.account_id and m.organization_id = ${organizationId})
    and not exists (select from account_memberships m where m.account_id = a.account_id and m.organization_id <> ${organizationId})`.execute(
    tx,
  );
  return rows[0]!.n;
}

/** Deletes the accounts that belong to this organization only. Those of the platform's administrators stay. */
export async function deleteLonelyAccounts(tx: PlatformTx, organizationId: string): Promise<void> {
  await sql`delete from accounts a where not a.platform_admin
    and exists (select from account_memberships m where m.account_id = a.account_id and m.organization_id = ${organizationId})
    and not exists (select from account_memberships m where m.account_id = a.account_id and m.organization_id <> ${organizationId})`.execute(
    tx,
  );
}

/** Organizations that were deleted within the last two days. */
export async function listDeleted(tx: PlatformTx): Promise<string[]> {
  const rows = await on(tx)
    .selectFrom('deletion_certificates')
    .select('organization_id')
    .where('created_at', '>', sql<Date>`now() - interval '2 days'`)
    .execute();
  return rows.map((row) => row.organization_id);
}

/** Deletes what calls in flight have settled after their organization was deleted; returns how many rows. */
export async function deleteLateCalls(tx: OwnerTx, organizationIds: string[]): Promise<number> {
  const { rowCount } = await tx.query(
    'delete from ledger.entries where organization_id = any ($1::uuid[]) and phase > 0',
    [organizationIds],
  );
  return rowCount ?? 0;
}
