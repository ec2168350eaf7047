// A session is ended on the server: its tokens stop working everywhere, whatever they say.
import { identityProblem } from '@insula/contract/identity';
import { type Actor, actorMay } from '../../../platform/actor.ts';
import type { Identity } from '../create-identity.ts';
import { endSession as endRow } from './store.ts';

type Deps = Pick<Identity, 'db' | 'events' | 'clock'>;

/** Ends an own session, or with `members:write` anybody's of the organization, and announces `session.ended`; throws `session_not_found`. */
export async function endSession(
  deps: Deps,
  actor: Actor,
  sessionId: string,
): Promise<{ id: string; ended: true }> {
  const anybody = actorMay(actor, 'members:write');
  if (!anybody && actor.kind !== 'member') throw identityProblem('session_not_found');
  const reason = actor.kind === 'member' && sessionId === actor.session_id ? 'signed_out' : 'revoked';
  return deps.db.as(actor, async (tx) => {
    const ended = await endRow(
      tx,
      {
        organizationId: actor.organization_id,
        sessionId,
        memberId: anybody ? undefined : (actor.id ?? ''),
      },
      { at: new Date(deps.clock.now()), reason },
    );
    if (!ended) throw identityProblem('session_not_found');
    await deps.events.announce(tx, actor, {
      type: 'session.ended',
      subject_type: 'session',
      subject_id: sessionId,
      details: { member_id: ended.member_id, reason },
    });
    return { id: sessionId, ended: true };
  });
}

/** The person's own session in this organization; throws `person_needed` for a key and for a visitor. */
export function ownSession(actor: Actor): { sessionId: string; memberId: string; accountId: string } {
  const { kind, session_id: sessionId, id: memberId, account_id: accountId } = actor;
  if (kind !== 'member' || !sessionId || !memberId || !accountId) throw identityProblem('person_needed');
  return { sessionId, memberId, accountId };
}
