// Endpoint → verb, for roles.
import type { roles } from '@insula/contract/members';
import type { RoutesOf } from '../../../platform/http/mount-contract.ts';
import type { PeopleDeps } from '../rights/people-deps.ts';
import { changeRole } from './change-role.ts';
import { createRole } from './create-role.ts';
import { getRole } from './get-role.ts';
import { listRoles } from './list-roles.ts';
import { removeRole } from './remove-role.ts';

/** The endpoints of roles. */
export function roleRoutes(deps: PeopleDeps): RoutesOf<{ roles: typeof roles }> {
  return {
    roles: {
      list: (call, input) => listRoles(deps, call.actor, input),
      create: (call, input) => createRole(deps, call.actor, input),
      get: (call, input) => getRole(deps, call.actor, input.role_id),
      change: (call, input) => changeRole(deps, call.actor, input),
      remove: (call, input) => removeRole(deps, call.actor, input.role_id),
    },
  };
}
