// Withdrawing an invitation: its link is worth nothing from then on.
import { memberProblem } from '@insula/contract/members';
import type { Actor } from '../../../platform/actor.ts';
import { assertCovers } from '../rights/assert-covers.ts';
import { changePeople } from '../rights/change-people.ts';
import type { PeopleDeps } from '../rights/people-deps.ts';
import { readOffer } from '../rights/read-rights.ts';
import { deleteInvitations } from '../rights/store.ts';
import { findOpenInvitation } from './store.ts';

/** Withdraws an open invitation and announces `invitation.withdrawn`; throws `invitation_not_found`, `rights_exceeded`. */
export async function removeInvitation(
  deps: PeopleDeps,
  actor: Actor,
  invitationId: string,
): Promise<{ id: string; deleted: true }> {
  const organizationId = actor.organization_id;
  return changePeople(deps, actor, async (tx, giver) => {
    const now = new Date(deps.clock.now());
    const row = await findOpenInvitation(tx, { organizationId, now, invitationId });
    if (!row) throw memberProblem('invitation_not_found');
    assertCovers(giver, await readOffer(tx, { organizationId, role: row.role, placed: row.workspace_roles }));
    await deleteInvitations(tx, { organizationId, ids: [invitationId] });
    await deps.events.announce(tx, actor, {
      type: 'invitation.withdrawn',
      subject_type: 'invitation',
      subject_id: invitationId,
      details: { email: row.email, role: row.role },
    });
    return { id: invitationId, deleted: true };
  });
}
