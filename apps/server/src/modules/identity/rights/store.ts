// Queries that the rules about people share: the lock they stand in line for, roles, and what a person has handed out.
import type { Permission } from '@insula/contract';
import { type Kysely, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { PeopleTables, PlacedRole } from './tables.ts';

export type Person = { id: string; role: string; status: string };
type Within = { organizationId: string };

const on = (tx: TenantTx) => tx.$extendTables<PeopleTables>() as unknown as Kysely<PeopleTables>;
const anyOf = (ids: readonly string[]) => sql<string>`any(${ids}::uuid[])`;

/** Lets changes to the people of an organization happen one after another; held until the transaction ends. */
export async function lockPeople(tx: TenantTx, organizationId: string): Promise<void> {
  await on(tx)
    .selectFrom('organization')
    .select('organization_id')
    .where('organization_id', '=', organizationId)
    .forNoKeyUpdate()
    .execute();
}

/** The members among `memberIds` that exist. */
export async function findPeople(tx: TenantTx, at: Within & { memberIds: string[] }): Promise<Person[]> {
  return on(tx)
    .selectFrom('members')
    .select(['id', 'role', 'status'])
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', anyOf(at.memberIds))
    .execute();
}

/** Ids of all who hold a role. */
export async function listHolders(tx: TenantTx, at: Within & { role: string }): Promise<string[]> {
  const rows = await on(tx)
    .selectFrom('members')
    .select('id')
    .where('organization_id', '=', at.organizationId)
    .where('role', '=', at.role)
    .execute();
  return rows.map((row) => row.id);
}

/** Permissions of custom roles, by slug. */
export async function readRoles(
  tx: TenantTx,
  at: Within & { slugs: string[] },
): Promise<Map<string, ReadonlySet<Permission>>> {
  const rows = await on(tx)
    .selectFrom('roles')
    .select(['slug', 'permissions'])
    .where('organization_id', '=', at.organizationId)
    .where('slug', '=', sql<string>`any(${at.slugs}::text[])`)
    .execute();
  return new Map(rows.map((row) => [row.slug, new Set(row.permissions as Permission[])]));
}

/** Roles in workspaces of the members given, as far as the transaction sees those workspaces. */
export async function readWorkspaceRoles(
  tx: TenantTx,
  at: Within & { memberIds: string[] },
): Promise<(PlacedRole & { member_id: string })[]> {
  return on(tx)
    .selectFrom('workspace_members')
    .select(['member_id', 'workspace_id', 'role'])
    .where('organization_id', '=', at.organizationId)
    .where('member_id', '=', anyOf(at.memberIds))
    .orderBy('workspace_id')
    .execute();
}

/** Which of the workspaces exist in the sight of the transaction; they stay until it ends. */
export async function holdWorkspaces(
  tx: TenantTx,
  at: Within & { workspaceIds: string[] },
): Promise<Set<string>> {
  const rows = await on(tx)
    .selectFrom('workspaces')
    .select('id')
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', anyOf(at.workspaceIds))
    .orderBy('id')
    .forKeyShare()
    .execute();
  return new Set(rows.map((row) => row.id));
}

/** Ends the open sessions of a member; answers how many. */
export async function endSessions(
  tx: TenantTx,
  at: Within & { memberId: string; at: Date; reason: string },
): Promise<number> {
  const done = await on(tx)
    .updateTable('sessions')
    .set({ ended_at: at.at, end_reason: at.reason })
    .where('organization_id', '=', at.organizationId)
    .where('member_id', '=', at.memberId)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return Number(done.numUpdatedRows);
}

export type MadeKey = { id: string; workspace_id: string; created_by: string | null };

/** Keys made by the members given that are not revoked. */
export async function listKeysBy(tx: TenantTx, at: Within & { memberIds: string[] }): Promise<MadeKey[]> {
  return on(tx)
    .selectFrom('api_keys')
    .select(['id', 'workspace_id', 'created_by'])
    .where('organization_id', '=', at.organizationId)
    .where('created_by', '=', anyOf(at.memberIds))
    .where('revoked_at', 'is', null)
    .execute();
}

/** Revokes the keys given. */
export async function revokeKeys(tx: TenantTx, at: Within & { ids: string[]; at: Date }): Promise<void> {
  await on(tx)
    .updateTable('api_keys')
    .set({ revoked_at: at.at })
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', anyOf(at.ids))
    .execute();
}

export type MadeInvitation = {
  id: string;
  role: string;
  workspace_roles: PlacedRole[];
  invited_by: string | null;
};

/** Open invitations made by the members given. */
export async function listInvitationsBy(
  tx: TenantTx,
  at: Within & { memberIds: string[]; now: Date },
): Promise<MadeInvitation[]> {
  return on(tx)
    .selectFrom('invitations')
    .select(['id', 'role', 'workspace_roles', 'invited_by'])
    .where('organization_id', '=', at.organizationId)
    .where('invited_by', '=', anyOf(at.memberIds))
    .where('accepted_at', 'is', null)
    .where('expires_at', '>', at.now)
    .execute();
}

/** Takes invitations back. */
export async function deleteInvitations(tx: TenantTx, at: Within & { ids: string[] }): Promise<void> {
  await on(tx)
    .deleteFrom('invitations')
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', anyOf(at.ids))
    .execute();
}
