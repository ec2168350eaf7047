// The one rule of escalation: nobody gives, takes or touches rights that they do not have themselves.
import type { Permission } from '@insula/contract';
import { memberProblem } from '@insula/contract/members';

/** What somebody may do: in the whole organization, and in single workspaces on top of that. */
export type Rights = {
  organization: ReadonlySet<Permission>;
  workspaces: ReadonlyMap<string, ReadonlySet<Permission>>;
};

/** No rights at all. */
export const noRights: Rights = { organization: new Set(), workspaces: new Map() };

/** Rights that hold in one workspace only. */
export function rightsIn(workspaceId: string, permissions: Iterable<Permission>): Rights {
  return { organization: new Set(), workspaces: new Map([[workspaceId, new Set(permissions)]]) };
}

/** Rights that hold in the whole organization. */
export function rightsEverywhere(permissions: Iterable<Permission>): Rights {
  return { organization: new Set(permissions), workspaces: new Map() };
}

/** The permissions in `given` that `giver` lacks in the place where they would hold; empty when the giver has them all. */
export function missingRights(giver: Rights, given: Rights): Permission[] {
  const missing = new Set<Permission>();
  for (const one of given.organization) if (!giver.organization.has(one)) missing.add(one);
  for (const [workspaceId, permissions] of given.workspaces) {
    const own = giver.workspaces.get(workspaceId);
    for (const one of permissions) if (!giver.organization.has(one) && !own?.has(one)) missing.add(one);
  }
  return [...missing];
}

/** Throws `rights_exceeded` unless `giver` has all that `given` holds. */
export function assertCovers(giver: Rights, given: Rights): void {
  const missing = missingRights(giver, given);
  if (missing.length > 0) throw memberProblem('rights_exceeded', { missing: missing.join(', ') });
}
