// Endpoint → verb, for all of identity.
import type { apiKeys } from '@insula/contract/api-keys';
import type { auth, sessions } from '@insula/contract/identity';
import type { invitations } from '@insula/contract/invitations';
import type { members, roles, workspaceMembers } from '@insula/contract/members';
import type { Call, RoutesOf } from '../../platform/http/mount-contract.ts';
import { changePassword } from './accounts/change-password.ts';
import type { Identity } from './create-identity.ts';
import { describeCaller } from './gate/describe-caller.ts';
import { invitationRoutes } from './invitations/routes.ts';
import { createKey } from './keys/create-key.ts';
import { getKey, listKeys } from './keys/list-keys.ts';
import { revokeKey } from './keys/revoke-key.ts';
import { rotateKey } from './keys/rotate-key.ts';
import { memberRoutes } from './members/routes.ts';
import { roleRoutes } from './roles/routes.ts';
import { endSession, ownSession } from './sessions/end-session.ts';
import { listSessions } from './sessions/list-sessions.ts';
import type { Origin } from './sessions/open-session.ts';
import { refreshSession } from './sessions/refresh-session.ts';
import { signIn } from './sessions/sign-in.ts';
import { listOwnOrganizations, switchOrganization } from './sessions/switch-organization.ts';

type IdentityContract = {
  auth: typeof auth;
  sessions: typeof sessions;
  apiKeys: typeof apiKeys;
  members: typeof members;
  workspaceMembers: typeof workspaceMembers;
  roles: typeof roles;
  invitations: typeof invitations;
};

/** The endpoints of signing in, sessions, API keys, and the people of an organization. */
export function identityRoutes(identity: Identity): RoutesOf<IdentityContract> {
  return {
    auth: authRoutes(identity),
    sessions: sessionRoutes(identity),
    apiKeys: {
      create: (call, input) => createKey(identity, call.actor, input),
      list: (call, input) => listKeys(identity, call.actor, input),
      get: (call, input) => getKey(identity, call.actor, input),
      revoke: (call, input) => revokeKey(identity, call.actor, input),
      rotate: (call, input) => rotateKey(identity, call.actor, input),
    },
    ...memberRoutes(identity),
    ...roleRoutes(identity),
    ...invitationRoutes(identity),
  };
}

function authRoutes(identity: Identity): RoutesOf<typeof auth> {
  return {
    login: (call, { email, username, password, organization }) =>
      signIn(
        identity,
        { email: (email ?? username)!, password, named: organization ?? call.tenant },
        originOf(call),
      ),
    refresh: (call, input) =>
      identity.boundRefreshes(() => refreshSession(identity, input.refresh_token, originOf(call))),
    logout: (call) => endSession(identity, call.actor, ownSession(call.actor).sessionId),
    me: (call) => describeCaller(identity, call.actor),
    listOrganizations: (call) => listOwnOrganizations(identity, call.actor),
    switch: (call, input) =>
      switchOrganization(identity, call.actor, {
        organizationId: input.organization_id,
        from: originOf(call),
      }),
    changePassword: (call, input) =>
      changePassword(identity, call.actor, { current: input.current_password, next: input.new_password }),
    listSigningKeys: async () => ({ keys: [identity.signer.jwk()] }),
  };
}

function sessionRoutes(identity: Identity): RoutesOf<typeof sessions> {
  return {
    list: async (call, input) =>
      listSessions(identity, call.actor, { ...input, memberId: ownSession(call.actor).memberId }),
    end: (call, input) => endSession(identity, call.actor, input.session_id),
    listOfMember: (call, { member_id: memberId, ...page }) =>
      listSessions(identity, call.actor, { ...page, memberId }),
  };
}

function originOf(call: Call): Origin {
  return { ip: call.actor.ip ?? 'unknown', userAgent: call.userAgent, requestId: call.actor.request_id };
}
