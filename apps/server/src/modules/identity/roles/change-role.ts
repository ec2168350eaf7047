// Changing a role changes what all who hold it may do, at once; what they handed out with rights they lose is withdrawn.
import type { OrganizationPermission } from '@insula/contract';
import type { Actor } from '../../../platform/actor.ts';
import { assertCovers, rightsEverywhere } from '../rights/assert-covers.ts';
import { changePeople } from '../rights/change-people.ts';
import type { PeopleDeps } from '../rights/people-deps.ts';
import { listHolders } from '../rights/store.ts';
import { withdrawExcess } from '../rights/withdraw-excess.ts';
import { findOwnRole } from './find-own-role.ts';
import { presentRole, type Role } from './present-role.ts';
import { updateRole } from './store.ts';

export type RoleChange = {
  role_id: string;
  name?: string | undefined;
  permissions?: OrganizationPermission[] | undefined;
};

/** Changes what is given and announces `role.changed`; throws `role_not_found`, `role_fixed`, `rights_exceeded`. */
export async function changeRole(deps: PeopleDeps, actor: Actor, input: RoleChange): Promise<Role> {
  const organizationId = actor.organization_id;
  const at = { organizationId, roleId: input.role_id };
  return changePeople(deps, actor, async (tx, giver) => {
    const before = await findOwnRole(tx, { ...at, giver });
    const permissions = input.permissions ? [...new Set(input.permissions)] : before.permissions;
    assertCovers(giver, rightsEverywhere(input.permissions ?? []));
    const after = await updateRole(tx, at, { name: input.name ?? before.name, permissions });
    const memberIds = input.permissions ? await listHolders(tx, { organizationId, role: before.slug }) : [];
    const withdrawn = await withdrawExcess(tx, { organizationId, memberIds, nowMs: deps.clock.now() });
    await deps.events.announce(tx, actor, {
      type: 'role.changed',
      subject_type: 'role',
      subject_id: after.id,
      details: {
        before: { name: before.name, permissions: before.permissions },
        after: { name: after.name, permissions: after.permissions },
        ...withdrawn,
      },
    });
    return presentRole(after);
  });
}
