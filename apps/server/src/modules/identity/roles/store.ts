// Queries on the custom roles of an organization.
import { type Kysely, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { PeopleTables } from '../rights/tables.ts';

export type RoleRow = { id: string; slug: string; name: string; permissions: string[]; created_at: Date };
type At = { organizationId: string; roleId: string };

const columns = ['id', 'slug', 'name', 'permissions', 'created_at'] as const;
const on = (tx: TenantTx) => tx.$extendTables<PeopleTables>() as unknown as Kysely<PeopleTables>;

/** One role of the organization's own. */
export async function findRole(tx: TenantTx, at: At): Promise<RoleRow | undefined> {
  return on(tx)
    .selectFrom('roles')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.roleId)
    .executeTakeFirst();
}

/** A page of custom roles, newest first; reads one more than `limit`. */
export async function listRoles(
  tx: TenantTx,
  page: { organizationId: string; limit: number; before: string | undefined },
): Promise<RoleRow[]> {
  let query = on(tx).selectFrom('roles').select(columns).where('organization_id', '=', page.organizationId);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** Adds a role; undefined when its slug is taken. */
export async function addRole(
  tx: TenantTx,
  row: Omit<RoleRow, 'created_at'> & { organization_id: string },
): Promise<RoleRow | undefined> {
  return on(tx)
    .insertInto('roles')
    .values(row)
    .onConflict((c) => c.columns(['organization_id', 'slug']).doNothing())
    .returning(columns)
    .executeTakeFirst();
}

/** Sets name and permissions. */
export async function updateRole(
  tx: TenantTx,
  at: At,
  change: Pick<RoleRow, 'name' | 'permissions'>,
): Promise<RoleRow> {
  return on(tx)
    .updateTable('roles')
    .set(change)
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.roleId)
    .returning(columns)
    .executeTakeFirstOrThrow();
}

/** Deletes a role of the organization's own. */
export async function deleteRole(tx: TenantTx, at: At): Promise<void> {
  await on(tx)
    .deleteFrom('roles')
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.roleId)
    .execute();
}

/** How many members hold the role or are invited to it, with invitations counted while they are open at `at.now`. */
export async function countHolders(
  tx: TenantTx,
  at: { organizationId: string; slug: string; now: Date },
): Promise<number> {
  const row = await on(tx)
    .selectNoFrom((e) => [
      e
        .selectFrom('members')
        .select(sql<number>`count(*)::int`.as('n'))
        .where('organization_id', '=', at.organizationId)
        .where('role', '=', at.slug)
        .as('members'),
      e
        .selectFrom('invitations')
        .select(sql<number>`count(*)::int`.as('n'))
        .where('organization_id', '=', at.organizationId)
        .where('role', '=', at.slug)
        .where('accepted_at', 'is', null)
        .where('expires_at', '>', at.now)
        .as('invitations'),
    ])
    .executeTakeFirstOrThrow();
  return (row.members ?? 0) + (row.invitations ?? 0);
}
