// Queries on the platform's directory of organizations.
import type { Kysely } from 'kysely';
import type { PlatformTx } from '../../../platform/db/door.ts';
import type { DirectoryTables } from '../tables.ts';

export type DirectoryRow = {
  organization_id: string;
  slug: string;
  name: string;
  domain: string | null;
  contact_email: string | null;
  contact_name: string | null;
  plan_tier: string;
  max_users: number | null;
  cluster: string;
  placement: string;
  status: string;
  default_workspace_id: string | null;
  created_at: Date;
  updated_at: Date;
};

const columns = [
  'organization_id',
  'slug',
  'name',
  'domain',
  'contact_email',
  'contact_name',
  'plan_tier',
  'max_users',
  'cluster',
  'placement',
  'status',
  'default_workspace_id',
  'created_at',
  'updated_at',
] as const;
const on = (tx: PlatformTx) => tx.$extendTables<DirectoryTables>() as unknown as Kysely<DirectoryTables>;

/** The entry by id. */
export async function findEntry(tx: PlatformTx, organizationId: string): Promise<DirectoryRow | undefined> {
  return on(tx)
    .selectFrom('organizations')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
}

/** The entry by slug. */
export async function findEntryBySlug(tx: PlatformTx, slug: string): Promise<DirectoryRow | undefined> {
  return on(tx).selectFrom('organizations').select(columns).where('slug', '=', slug).executeTakeFirst();
}

/** A page of entries, newest first; reads one more than `limit`. */
export async function listEntries(
  tx: PlatformTx,
  page: { limit: number; before: string | undefined; slug: string | undefined; status: string | undefined },
): Promise<DirectoryRow[]> {
  let query = on(tx).selectFrom('organizations').select(columns);
  if (page.before !== undefined) query = query.where('organization_id', '<', page.before);
  if (page.slug !== undefined) query = query.where('slug', '=', page.slug);
  if (page.status !== undefined) query = query.where('status', '=', page.status);
  return query
    .orderBy('organization_id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** Adds an entry; undefined when its slug is taken. */
export async function addEntry(
  tx: PlatformTx,
  row: Omit<DirectoryRow, 'created_at' | 'updated_at'>,
): Promise<DirectoryRow | undefined> {
  return on(tx)
    .insertInto('organizations')
    .values(row)
    .onConflict((c) => c.column('slug').doNothing())
    .returning(columns)
    .executeTakeFirst();
}

/** Changes an entry; undefined when there is none. */
export async function updateEntry(
  tx: PlatformTx,
  organizationId: string,
  change: Partial<Omit<DirectoryRow, 'organization_id' | 'created_at'>>,
): Promise<DirectoryRow | undefined> {
  return on(tx)
    .updateTable('organizations')
    .set({ ...change, updated_at: new Date() })
    .where('organization_id', '=', organizationId)
    .returning(columns)
    .executeTakeFirst();
}

/** Removes an entry with its keys and memberships. */
export async function deleteEntry(tx: PlatformTx, organizationId: string): Promise<void> {
  await on(tx).deleteFrom('organizations').where('organization_id', '=', organizationId).execute();
}
