// A session is opened for one member in one organization; how it was opened is remembered with it.
import { randomBytes } from 'node:crypto';
import { problem } from '@insula/contract';
import type { Actor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import type { AccountRow } from '../accounts/store.ts';
import type { Identity } from '../create-identity.ts';
import { actorOfMember } from '../gate/authenticate-person.ts';
import { type MemberRecord, readMember } from '../gate/create-member-loader.ts';
import { issueTokens, type SignedIn } from './issue-tokens.ts';
import { addSession } from './store.ts';

export type Origin = { ip: string; userAgent: string | undefined; requestId?: string | undefined };
export type Opening = {
  organizationId: string;
  memberId: string;
  account: Pick<AccountRow, 'password_changed_at' | 'platform_admin'>;
  /** How the person proved to be who they are. */
  method?: string;
};
type Deps = Pick<
  Identity,
  'db' | 'events' | 'clock' | 'sessionMs' | 'accessTokens' | 'refreshTokens' | 'directory'
>;

/** Opens the session, announces `session.opened`, and answers its tokens; throws `unauthenticated` when the member is gone. */
export async function openSession(deps: Deps, opening: Opening, from: Origin): Promise<SignedIn> {
  const { organizationId, memberId, account, method = 'password' } = opening;
  const nowMs = deps.clock.now();
  const session = { id: newId(nowMs), seed: randomBytes(32), endsAt: new Date(nowMs + deps.sessionMs) };
  const member = await deps.db.as({ organization_id: organizationId, workspaces: '*' }, async (tx) => {
    const found = await readMember(tx, { organizationId, memberId });
    if (!found) throw problem('unauthenticated');
    await addSession(tx, {
      organization_id: organizationId,
      id: session.id,
      member_id: memberId,
      method,
      refresh_seed: session.seed,
      // The clocks of two servers differ: a password that was changed "later" does not end the session it opened.
      confirmed_at: new Date(Math.max(nowMs, account.password_changed_at?.getTime() ?? 0)),
      ip: from.ip,
      user_agent: from.userAgent ?? null,
      created_at: new Date(nowMs),
      last_seen_at: new Date(nowMs),
      expires_at: session.endsAt,
    });
    await deps.events.announce(tx, actorFrom(found, from), {
      type: 'session.opened',
      subject_type: 'session',
      subject_id: session.id,
      details: { member_id: memberId, method, user_agent: from.userAgent ?? null },
    });
    return found;
  });
  const platformAdmin = account.platform_admin && method === 'password';
  return issueTokens(deps, member, { ...session, generation: 0, platformAdmin });
}

/** A member as the actor of a request that carried no credential yet. */
export function actorFrom(member: MemberRecord, from: Origin): Actor {
  return {
    ...actorOfMember(member),
    ip: from.ip,
    ...(from.requestId ? { request_id: from.requestId } : {}),
  };
}
