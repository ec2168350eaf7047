// Queries on the platform's directory of organizations.
import { type Kysely, sql } from 'kysely';
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

/** The entry by id; undefined when there is no such organization. */
export async function findEntry(tx: PlatformTx, organizationId: string): Promise<DirectoryRow | undefined> {
  return on(tx)
    .selectFrom('organizations')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
}

/** The entry by slug; undefined when there is no such organization. */
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

/** Entries in a status for longer than `ageSeconds`: what a crash may have left unfinished. */
export async function listUnfinished(
  tx: PlatformTx,
  at: { status: 'provisioning' | 'deleting'; ageSeconds: number },
): Promise<DirectoryRow[]> {
  return on(tx)
    .selectFrom('organizations')
    .select(columns)
    .where('status', '=', at.status)
    .where('updated_at', '<=', sql<Date>`clock_timestamp() - make_interval(secs => ${at.ageSeconds})`)
    .orderBy('organization_id')
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
    .set({ ...change, updated_at: sql<Date>`now()` })
    .where('organization_id', '=', organizationId)
    .returning(columns)
    .executeTakeFirst();
}

/** The entry, locked to the end of the transaction; undefined when there is no such organization. */
export async function lockEntry(tx: PlatformTx, organizationId: string): Promise<DirectoryRow | undefined> {
  return on(tx)
    .selectFrom('organizations')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .forUpdate()
    .executeTakeFirst();
}

/** Removes an entry with its keys and memberships; false when there was none. */
export async function deleteEntry(tx: PlatformTx, organizationId: string): Promise<boolean> {
  const done = await on(tx)
    .deleteFrom('organizations')
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
  return (done.numDeletedRows ?? 0n) > 0n;
}
