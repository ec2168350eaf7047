// Reading one role, fixed or custom.
import { memberProblem } from '@insula/contract/members';
import type { Actor } from '../../../platform/actor.ts';
import type { PeopleDeps } from '../rights/people-deps.ts';
import { fixedRoleList, presentRole, type Role } from './present-role.ts';
import { findRole } from './store.ts';

/** The role; throws `role_not_found`. */
export async function getRole(deps: Pick<PeopleDeps, 'db'>, actor: Actor, roleId: string): Promise<Role> {
  const fixed = fixedRoleList.find((role) => role.id === roleId);
  if (fixed) return fixed;
  const row = await deps.db.as(actor, (tx) =>
    findRole(tx, { organizationId: actor.organization_id, roleId }),
  );
  if (!row) throw memberProblem('role_not_found');
  return presentRole(row);
}
