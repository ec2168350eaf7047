// Endpoint → verb, for invitations.
import type { invitations } from '@insula/contract/invitations';
import type { Call, RoutesOf } from '../../../platform/http/mount-contract.ts';
import type { Identity } from '../create-identity.ts';
import { acceptInvitation } from './accept-invitation.ts';
import { createInvitation } from './create-invitation.ts';
import { listInvitations } from './list-invitations.ts';
import { previewInvitation } from './preview-invitation.ts';
import { removeInvitation } from './remove-invitation.ts';

/** The endpoints of invitations. */
export function invitationRoutes(deps: Identity): RoutesOf<{ invitations: typeof invitations }> {
  return {
    invitations: {
      list: (call, input) => listInvitations(deps, call.actor, input),
      create: (call, { organization_id: _, ...input }) => createInvitation(deps, call.actor, input),
      remove: (call, input) => removeInvitation(deps, call.actor, input.invitation_id),
      preview: (call, input) => previewInvitation(deps, { ...input, ip: addressOf(call) }),
      accept: (call, input) =>
        acceptInvitation(
          deps,
          { ip: addressOf(call), userAgent: call.userAgent, requestId: call.actor.request_id },
          input,
        ),
    },
  };
}

const addressOf = (call: Call) => call.actor.ip ?? 'unknown';
