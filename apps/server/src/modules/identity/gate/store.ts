// Queries of the gate: who a credential stands for, and when it was used last.
import type { OwnLimits } from '@insula/contract/configuration';
import type { Kysely } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { IdentityTables } from '../tables.ts';

export type MemberRow = {
  organization_id: string;
  id: string;
  account_id: string | null;
  email: string;
  name: string;
  role: string;
  status: string;
};
export type SessionRow = {
  organization_id: string;
  id: string;
  member_id: string;
  method: string;
  confirmed_at: Date;
  last_seen_at: Date;
  expires_at: Date;
  ended_at: Date | null;
};
export type KeyRow = {
  organization_id: string;
  id: string;
  workspace_id: string;
  name: string;
  mode: string;
  key_hash: Buffer;
  scopes: string[];
  organization_permissions: string[];
  rate_limit_per_minute: number | null;
  rate_limits: OwnLimits;
  created_by: string | null;
  expires_at: Date | null;
  revoked_at: Date | null;
};

const memberColumns = ['organization_id', 'id', 'account_id', 'email', 'name', 'role', 'status'] as const;
const on = (tx: TenantTx) => tx.$extendTables<IdentityTables>() as unknown as Kysely<IdentityTables>;

/** One member of the organization, by id. */
export async function findMember(
  tx: TenantTx,
  at: { organizationId: string; memberId: string },
): Promise<MemberRow | undefined> {
  return on(tx)
    .selectFrom('members')
    .select(memberColumns)
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.memberId)
    .executeTakeFirst();
}

/** The member that an account is in the organization. */
export async function findMemberOfAccount(
  tx: TenantTx,
  at: { organizationId: string; accountId: string },
): Promise<MemberRow | undefined> {
  return on(tx)
    .selectFrom('members')
    .select(memberColumns)
    .where('organization_id', '=', at.organizationId)
    .where('account_id', '=', at.accountId)
    .executeTakeFirst();
}

/** The permissions of an organization's own role. */
export async function findRolePermissions(
  tx: TenantTx,
  at: { organizationId: string; slug: string },
): Promise<string[] | undefined> {
  const row = await on(tx)
    .selectFrom('roles')
    .select('permissions')
    .where('organization_id', '=', at.organizationId)
    .where('slug', '=', at.slug)
    .executeTakeFirst();
  return row?.permissions;
}

/** The roles of a member in single workspaces. */
export async function listWorkspaceRoles(
  tx: TenantTx,
  at: { organizationId: string; memberId: string },
): Promise<{ workspace_id: string; role: string }[]> {
  return on(tx)
    .selectFrom('workspace_members')
    .select(['workspace_id', 'role'])
    .where('organization_id', '=', at.organizationId)
    .where('member_id', '=', at.memberId)
    .orderBy('workspace_id')
    .execute();
}

/** One session with the account behind its member. */
export async function findSession(
  tx: TenantTx,
  at: { organizationId: string; sessionId: string },
): Promise<(SessionRow & { account_id: string | null }) | undefined> {
  return on(tx)
    .selectFrom('sessions as s')
    .innerJoin('members as m', (join) =>
      join.onRef('m.organization_id', '=', 's.organization_id').onRef('m.id', '=', 's.member_id'),
    )
    .select([
      's.organization_id',
      's.id',
      's.member_id',
      's.method',
      's.confirmed_at',
      's.last_seen_at',
      's.expires_at',
      's.ended_at',
      'm.account_id',
    ])
    .where('s.organization_id', '=', at.organizationId)
    .where('s.id', '=', at.sessionId)
    .executeTakeFirst();
}

const keyColumns = [
  'organization_id',
  'id',
  'workspace_id',
  'name',
  'mode',
  'key_hash',
  'scopes',
  'organization_permissions',
  'rate_limit_per_minute',
  'rate_limits',
  'created_by',
  'expires_at',
  'revoked_at',
] as const;

/** One API key by the reference inside its text. */
export async function findKeyByReference(
  tx: TenantTx,
  at: { organizationId: string; reference: string },
): Promise<KeyRow | undefined> {
  return on(tx)
    .selectFrom('api_keys')
    .select(keyColumns)
    .where('organization_id', '=', at.organizationId)
    .where('reference', '=', at.reference)
    .executeTakeFirst();
}

/** One API key by its id. */
export async function findKeyById(
  tx: TenantTx,
  at: { organizationId: string; keyId: string },
): Promise<KeyRow | undefined> {
  return on(tx)
    .selectFrom('api_keys')
    .select(keyColumns)
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.keyId)
    .executeTakeFirst();
}

/** Whether the transaction can see the workspace. */
export async function hasWorkspace(
  tx: TenantTx,
  at: { organizationId: string; workspaceId: string },
): Promise<boolean> {
  const row = await on(tx)
    .selectFrom('workspaces')
    .select('id')
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.workspaceId)
    .executeTakeFirst();
  return row !== undefined;
}

/** Writes down when keys, and sessions with their members, were used; tells nobody. */
export async function writeUses(
  tx: TenantTx,
  uses: { organizationId: string; keys: string[]; sessions: string[]; at: Date },
): Promise<void> {
  const { organizationId, keys, sessions, at } = uses;
  if (keys.length > 0) {
    await on(tx)
      .updateTable('api_keys')
      .set({ last_used_at: at })
      .where('organization_id', '=', organizationId)
      .where('id', 'in', keys)
      .execute();
  }
  if (sessions.length === 0) return;
  const touched = await on(tx)
    .updateTable('sessions')
    .set({ last_seen_at: at })
    .where('organization_id', '=', organizationId)
    .where('id', 'in', sessions)
    .where('ended_at', 'is', null)
    .returning('member_id')
    .execute();
  if (touched.length === 0) return;
  await on(tx)
    .updateTable('members')
    .set({ last_active_at: at })
    .where('organization_id', '=', organizationId)
    .where(
      'id',
      'in',
      touched.map((row) => row.member_id),
    )
    .execute();
}
