// A member with what it may do now: role, custom role and roles in workspaces resolved into permissions. Remembered until
// anything in the organization changes, so a demotion holds with the next request on every server.
import {
  fixedRoles,
  type OrganizationPermission,
  organizationPermissions,
  type Permission,
  workspaceRoles,
} from '@insula/contract';
import { systemActor } from '../../../platform/actor.ts';
import { createTenantCache } from '../../../platform/cache/create-tenant-cache.ts';
import type { Database } from '../../../platform/db/create-database.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { findMember, findRolePermissions, listWorkspaceRoles, type MemberRow } from './store.ts';

export type MemberRecord = MemberRow & {
  workspaces: '*' | readonly string[];
  permissions: ReadonlySet<Permission>;
  workspace_permissions: ReadonlyMap<string, ReadonlySet<Permission>>;
};

/** Makes the loader: `(organizationId, memberId) → record`, undefined when there is no such member. */
export function createMemberLoader(deps: { db: Database }) {
  const cache = createTenantCache<{ record: MemberRecord | undefined }>({
    invalidation: deps.db.invalidation,
    max: 50_000,
  });

  return async (organizationId: string, memberId: string): Promise<MemberRecord | undefined> => {
    const found = await cache.load(organizationId, memberId, async () => ({
      record: await deps.db.as(systemActor(organizationId), (tx) =>
        readMember(tx, { organizationId, memberId }),
      ),
    }));
    return found.record;
  };
}

/** Reads a member with its permissions in a transaction that is open already. */
export async function readMember(
  tx: TenantTx,
  at: { organizationId: string; memberId: string },
): Promise<MemberRecord | undefined> {
  const row = await findMember(tx, at);
  if (!row) return undefined;
  const placed = await listWorkspaceRoles(tx, at);
  const workspacePermissions = new Map(
    placed.map(({ workspace_id, role }) => [workspace_id, new Set<Permission>(named(workspaceRoles, role))]),
  );
  return {
    ...row,
    workspaces: row.role === 'guest' ? [...workspacePermissions.keys()] : '*',
    permissions: new Set(await permissionsOfRole(tx, row)),
    workspace_permissions: workspacePermissions,
  };
}

async function permissionsOfRole(tx: TenantTx, row: MemberRow): Promise<OrganizationPermission[]> {
  if (Object.hasOwn(fixedRoles, row.role)) return [...named(fixedRoles, row.role)];
  const own = (await findRolePermissions(tx, { organizationId: row.organization_id, slug: row.role })) ?? [];
  return organizationPermissions.filter((permission) => own.includes(permission));
}

function named(
  roles: Record<string, readonly OrganizationPermission[]>,
  role: string,
): readonly OrganizationPermission[] {
  return Object.hasOwn(roles, role) ? roles[role]! : [];
}
