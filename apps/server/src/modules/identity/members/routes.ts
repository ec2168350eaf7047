// Endpoint → verb, for members of organizations and workspaces.
import type { members, workspaceMembers } from '@insula/contract/members';
import type { RoutesOf } from '../../../platform/http/mount-contract.ts';
import type { PeopleDeps } from '../rights/people-deps.ts';
import { changeMember } from './change-member.ts';
import { getMember } from './get-member.ts';
import { listMembers } from './list-members.ts';
import { listWorkspaceMembers } from './list-workspace-members.ts';
import { putWorkspaceMember } from './put-workspace-member.ts';
import { removeMember } from './remove-member.ts';
import { removeWorkspaceMember } from './remove-workspace-member.ts';

/** The endpoints of members, in the organization and in its workspaces. */
export function memberRoutes(
  deps: PeopleDeps,
): RoutesOf<{ members: typeof members; workspaceMembers: typeof workspaceMembers }> {
  return {
    members: {
      list: (call, input) => listMembers(deps, call.actor, input),
      get: (call, input) => getMember(deps, call.actor, input.member_id),
      change: (call, input) => changeMember(deps, call.actor, input),
      remove: (call, input) => removeMember(deps, call.actor, input.member_id),
    },
    workspaceMembers: {
      list: (call, input) => listWorkspaceMembers(deps, call.actor, input),
      put: (call, input) => putWorkspaceMember(deps, call.actor, input),
      remove: (call, input) => removeWorkspaceMember(deps, call.actor, input),
    },
  };
}
