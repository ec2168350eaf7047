// The role that is about to be changed: it must be the organization's own, and hold nothing its changer lacks.
import type { Permission } from '@insula/contract';
import { memberProblem } from '@insula/contract/members';
import type { TenantTx } from '../../../platform/db/door.ts';
import { assertCovers, type Rights, rightsEverywhere } from '../rights/assert-covers.ts';
import { fixedRoleList } from './present-role.ts';
import { findRole, type RoleRow } from './store.ts';

/** The custom role; throws `role_not_found`, `role_fixed`, `rights_exceeded`. */
export async function findOwnRole(
  tx: TenantTx,
  at: { organizationId: string; roleId: string; giver: Rights },
): Promise<RoleRow> {
  const fixed = fixedRoleList.find((role) => role.id === at.roleId);
  if (fixed) throw memberProblem('role_fixed', { slug: fixed.slug });
  const row = await findRole(tx, at);
  if (!row) throw memberProblem('role_not_found');
  assertCovers(at.giver, rightsEverywhere(row.permissions as Permission[]));
  return row;
}
