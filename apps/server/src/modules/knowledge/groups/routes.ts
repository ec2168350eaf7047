// Endpoint → verb, for groups of people and for who sees a collection.
import type { accessGroups, collectionAccessRights } from '@insula/contract/collection-access';
import type { RoutesOf } from '../../../platform/http/mount-contract.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { addMember, removeMember } from './add-member.ts';
import { changeGroup, createGroup, removeGroup } from './change-group.ts';
import { getGroup, listGroupMembers, listGroups } from './list-groups.ts';
import { getAccess, replaceAccess } from './replace-access.ts';

type GroupRoutes = RoutesOf<{
  accessGroups: typeof accessGroups;
  collectionAccess: typeof collectionAccessRights;
}>;

/** The endpoints of groups and of access. */
export function groupRoutes(deps: KnowledgeDeps): GroupRoutes {
  return {
    accessGroups: {
      list: (call, input) => listGroups(deps, call.actor, input),
      create: (call, input) => createGroup(deps, call.actor, input),
      get: (call, input) => getGroup(deps, call.actor, input),
      change: (call, input) => changeGroup(deps, call.actor, input),
      remove: (call, input) => removeGroup(deps, call.actor, input),
      listMembers: (call, input) => listGroupMembers(deps, call.actor, input),
      addMember: (call, input) => addMember(deps, call.actor, input),
      removeMember: (call, input) => removeMember(deps, call.actor, input),
    },
    collectionAccess: {
      get: (call, input) => getAccess(deps, call.actor, input),
      replace: (call, input) => replaceAccess(deps, call.actor, input),
    },
  };
}
