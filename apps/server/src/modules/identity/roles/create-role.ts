// A custom role is made of permissions that its maker has.
import { type OrganizationPermission, workspaceRoles } from '@insula/contract';
import { memberProblem } from '@insula/contract/members';
import type { Actor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import { toSlug } from '../../../platform/to-slug.ts';
import { assertCovers, rightsEverywhere } from '../rights/assert-covers.ts';
import { changePeople } from '../rights/change-people.ts';
import type { PeopleDeps } from '../rights/people-deps.ts';
import { fixedRoleList, presentRole, type Role } from './present-role.ts';
import { addRole } from './store.ts';

const reserved = new Set([...fixedRoleList.map((role) => role.slug), ...Object.keys(workspaceRoles)]);

/** Makes a role and announces `role.created`; throws `role_taken`, `rights_exceeded`. */
export async function createRole(
  deps: PeopleDeps,
  actor: Actor,
  input: { name: string; slug?: string | undefined; permissions: OrganizationPermission[] },
): Promise<Role> {
  const slug = input.slug ?? toSlug(input.name, 'role');
  if (reserved.has(slug)) throw memberProblem('role_taken', { slug });
  const permissions = [...new Set(input.permissions)];
  return changePeople(deps, actor, async (tx, giver) => {
    assertCovers(giver, rightsEverywhere(permissions));
    const row = await addRole(tx, {
      organization_id: actor.organization_id,
      id: newId(deps.clock.now()),
      slug,
      name: input.name,
      permissions,
    });
    if (!row) throw memberProblem('role_taken', { slug });
    await deps.events.announce(tx, actor, {
      type: 'role.created',
      subject_type: 'role',
      subject_id: row.id,
      details: { slug, name: row.name, permissions },
    });
    return presentRole(row);
  });
}
