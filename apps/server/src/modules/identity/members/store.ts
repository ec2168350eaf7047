// Queries on members and on their roles in workspaces. Every one names the organization, and the door holds it to that.
import { type Kysely, sql } from 'kysely';
import type { PlatformTx, TenantTx } from '../../../platform/db/door.ts';
import type { PeopleTables } from '../rights/tables.ts';
import type { AccountTables } from '../tables.ts';

export type MemberRow = {
  id: string;
  account_id: string | null;
  email: string;
  name: string;
  role: string;
  status: string;
  last_active_at: Date | null;
  created_at: Date;
};
type At = { organizationId: string; memberId: string };
type InWorkspace = At & { workspaceId: string };

const columns = [
  'id',
  'account_id',
  'email',
  'name',
  'role',
  'status',
  'last_active_at',
  'created_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<PeopleTables>() as unknown as Kysely<PeopleTables>;

/** One member of the organization. */
export async function findMember(tx: TenantTx, at: At): Promise<MemberRow | undefined> {
  return on(tx)
    .selectFrom('members')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.memberId)
    .executeTakeFirst();
}

/** Whether a member sees a workspace: all do but guests, who see those in which they have a role. Undefined: no such member. */
export async function seesWorkspace(tx: TenantTx, at: InWorkspace): Promise<boolean | undefined> {
  const found = await findMember(tx, at);
  if (found?.role !== 'guest') return found && true;
  return (await findWorkspaceMember(tx, at)) !== undefined;
}

/** The member with an address, whatever its case. */
export async function findMemberByEmail(
  tx: TenantTx,
  at: { organizationId: string; email: string },
): Promise<MemberRow | undefined> {
  return on(tx)
    .selectFrom('members')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where(sql`lower(email)`, '=', at.email.toLowerCase())
    .executeTakeFirst();
}

export type MemberPage = {
  organizationId: string;
  limit: number;
  before: string | undefined;
  role: string | undefined;
  status: string | undefined;
  /** The beginning of the address. */
  search: string | undefined;
};

/** A page of members, newest first; reads one more than `limit`. */
export async function listMembers(tx: TenantTx, page: MemberPage): Promise<MemberRow[]> {
  let query = on(tx).selectFrom('members').select(columns).where('organization_id', '=', page.organizationId);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  if (page.role !== undefined) query = query.where('role', '=', page.role);
  if (page.status !== undefined) query = query.where('status', '=', page.status);
  if (page.search !== undefined)
    query = query.where(sql<boolean>`starts_with(lower(email), ${page.search.toLowerCase()})`);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** How many members there are, suspended ones included. */
export async function countMembers(tx: TenantTx, organizationId: string): Promise<number> {
  const row = await on(tx)
    .selectFrom('members')
    .select(sql<number>`count(*)::int`.as('n'))
    .where('organization_id', '=', organizationId)
    .executeTakeFirstOrThrow();
  return row.n;
}

/** How many active admins there are beside one member. */
export async function countOtherAdmins(tx: TenantTx, at: At): Promise<number> {
  const row = await on(tx)
    .selectFrom('members')
    .select(sql<number>`count(*)::int`.as('n'))
    .where('organization_id', '=', at.organizationId)
    .where('role', '=', 'admin')
    .where('status', '=', 'active')
    .where('id', '!=', at.memberId)
    .executeTakeFirstOrThrow();
  return row.n;
}

/** Adds an active member. */
export async function addMember(
  tx: TenantTx,
  row: Omit<MemberRow, 'status' | 'last_active_at' | 'created_at'> & { organization_id: string },
): Promise<MemberRow> {
  return on(tx)
    .insertInto('members')
    .values({ ...row, status: 'active', last_active_at: null })
    .returning(columns)
    .executeTakeFirstOrThrow();
}

/** Sets role, status and name. */
export async function updateMember(
  tx: TenantTx,
  at: At,
  change: Pick<MemberRow, 'role' | 'status' | 'name'>,
): Promise<void> {
  await on(tx)
    .updateTable('members')
    .set(change)
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.memberId)
    .execute();
}

/** Deletes a member, with sessions and roles in workspaces. */
export async function deleteMember(tx: TenantTx, at: At): Promise<void> {
  await on(tx)
    .deleteFrom('members')
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.memberId)
    .execute();
}

export type WorkspaceMemberRow = {
  workspace_id: string;
  member_id: string;
  email: string;
  name: string;
  status: string;
  role: string;
  created_at: Date;
};

const inWorkspaces = (tx: TenantTx, organizationId: string) =>
  on(tx)
    .selectFrom('workspace_members as w')
    .innerJoin('members as m', (join) =>
      join.onRef('m.organization_id', '=', 'w.organization_id').onRef('m.id', '=', 'w.member_id'),
    )
    .select(['w.workspace_id', 'w.member_id', 'm.email', 'm.name', 'm.status', 'w.role', 'w.created_at'])
    .where('w.organization_id', '=', organizationId);

/** The role of a member in a workspace. */
export async function findWorkspaceMember(
  tx: TenantTx,
  at: InWorkspace,
): Promise<WorkspaceMemberRow | undefined> {
  return inWorkspaces(tx, at.organizationId)
    .where('w.workspace_id', '=', at.workspaceId)
    .where('w.member_id', '=', at.memberId)
    .executeTakeFirst();
}

/** A page of those who have a role in a workspace, newest members first; reads one more than `limit`. */
export async function listWorkspaceMembers(
  tx: TenantTx,
  page: { organizationId: string; workspaceId: string; limit: number; before: string | undefined },
): Promise<WorkspaceMemberRow[]> {
  let query = inWorkspaces(tx, page.organizationId).where('w.workspace_id', '=', page.workspaceId);
  if (page.before !== undefined) query = query.where('w.member_id', '<', page.before);
  return query
    .orderBy('w.member_id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** Gives a member a role in a workspace, instead of the one held there before. */
export async function putWorkspaceRole(tx: TenantTx, at: InWorkspace & { role: string }): Promise<void> {
  await on(tx)
    .insertInto('workspace_members')
    .values({
      organization_id: at.organizationId,
      workspace_id: at.workspaceId,
      member_id: at.memberId,
      role: at.role,
    })
    .onConflict((c) =>
      c.columns(['organization_id', 'workspace_id', 'member_id']).doUpdateSet({ role: at.role }),
    )
    .execute();
}

/** Takes a role in a workspace away. */
export async function deleteWorkspaceRole(tx: TenantTx, at: InWorkspace): Promise<void> {
  await on(tx)
    .deleteFrom('workspace_members')
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('member_id', '=', at.memberId)
    .execute();
}

const onPlatform = (tx: PlatformTx) => tx.$extendTables<AccountTables>() as unknown as Kysely<AccountTables>;
type Hint = { organizationId: string; accountId: string };

/** When the platform last noted that the account is to be looked for in the organization, to the microsecond. */
export async function findHintMoment(tx: PlatformTx, at: Hint): Promise<string | undefined> {
  const row = await onPlatform(tx)
    .selectFrom('account_memberships')
    .select(sql<string>`created_at::text`.as('moment'))
    .where('account_id', '=', at.accountId)
    .where('organization_id', '=', at.organizationId)
    .executeTakeFirst();
  return row?.moment;
}

/** Notes that the account is to be looked for in the organization, with a new moment. */
export async function renewHint(tx: PlatformTx, at: Hint): Promise<void> {
  await onPlatform(tx)
    .insertInto('account_memberships')
    .values({ account_id: at.accountId, organization_id: at.organizationId })
    .onConflict((c) =>
      c.columns(['account_id', 'organization_id']).doUpdateSet({ created_at: sql<Date>`clock_timestamp()` }),
    )
    .execute();
}

/** Deletes the note of exactly that moment; a newer one stays. */
export async function deleteHint(tx: PlatformTx, at: Hint & { moment: string }): Promise<void> {
  await onPlatform(tx)
    .deleteFrom('account_memberships')
    .where('account_id', '=', at.accountId)
    .where('organization_id', '=', at.organizationId)
    .where(sql<string>`created_at::text`, '=', at.moment)
    .execute();
}
