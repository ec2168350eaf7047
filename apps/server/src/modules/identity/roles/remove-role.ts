// A role can be deleted when nobody holds it and nobody is invited to it.
import { memberProblem } from '@insula/contract/members';
import type { Actor } from '../../../platform/actor.ts';
import { changePeople } from '../rights/change-people.ts';
import type { PeopleDeps } from '../rights/people-deps.ts';
import { findOwnRole } from './find-own-role.ts';
import { countHolders, deleteRole } from './store.ts';

/** Deletes the role and announces `role.removed`; throws `role_not_found`, `role_fixed`, `role_in_use`. */
export async function removeRole(
  deps: PeopleDeps,
  actor: Actor,
  roleId: string,
): Promise<{ id: string; deleted: true }> {
  const organizationId = actor.organization_id;
  return changePeople(deps, actor, async (tx, giver) => {
    const { slug, name } = await findOwnRole(tx, { organizationId, roleId, giver });
    const count = await countHolders(tx, { organizationId, slug, now: new Date(deps.clock.now()) });
    if (count > 0) throw memberProblem('role_in_use', { slug, count });
    await deleteRole(tx, { organizationId, roleId });
    await deps.events.announce(tx, actor, {
      type: 'role.removed',
      subject_type: 'role',
      subject_id: roleId,
      details: { slug, name },
    });
    return { id: roleId, deleted: true };
  });
}
