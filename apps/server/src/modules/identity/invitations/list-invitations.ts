// Listing the invitations that nobody has accepted yet.
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { PeopleDeps } from '../rights/people-deps.ts';
import { type Invitation, presentInvitation } from './present-invitation.ts';
import { listOpenInvitations } from './store.ts';

/** A page of open invitations, newest first. */
export async function listInvitations(
  deps: Pick<PeopleDeps, 'db' | 'clock'>,
  actor: Actor,
  input: { limit: number; cursor?: string | undefined },
): Promise<{ data: Invitation[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  const now = new Date(deps.clock.now());
  const rows = await deps.db.as(actor, (tx) =>
    listOpenInvitations(tx, { organizationId: actor.organization_id, now, limit: input.limit, before }),
  );
  return pageOf(rows, input.limit, presentInvitation);
}
