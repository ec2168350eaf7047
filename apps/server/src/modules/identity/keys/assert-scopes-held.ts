// Nobody makes a key that may do more than its maker: every permission of every scope is held, in that workspace.
import { type Permission, permissionsOfScopes } from '@insula/contract';
import { identityProblem } from '@insula/contract/identity';
import { type Actor, actorMay } from '../../../platform/actor.ts';

/** Rights that a key never has beyond its workspace, whoever made it: it lives in that one. */
const workspaceOnly: ReadonlySet<Permission> = new Set(['workspaces:write']);

/** Throws `scope_not_held` unless the actor has everything the scopes stand for in the workspace. */
export function assertScopesHeld(actor: Actor, scopes: readonly string[], workspaceId: string): void {
  for (const scope of scopes) {
    for (const permission of permissionsOfScopes([scope]))
      if (!actorMay(actor, permission, workspaceId)) throw identityProblem('scope_not_held', { scope });
  }
}

/** Which permissions of the scopes hold in the whole organization: those that the actor itself has there. */
export function organizationPermissionsOf(actor: Actor, scopes: readonly string[]): Permission[] {
  return [...permissionsOfScopes(scopes)].filter(
    (permission) => actor.permissions.has(permission) && !workspaceOnly.has(permission),
  );
}
