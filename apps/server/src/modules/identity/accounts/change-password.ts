// A person changes the password. With that commit every other session of the account is over, in all organizations: a
// session is valid only if the password was proved in it after the last change. The rows are closed afterwards.
import { identityProblem } from '@insula/contract/identity';
import { type Actor, systemActor } from '../../../platform/actor.ts';
import type { Identity } from '../create-identity.ts';
import { ownSession } from '../sessions/end-session.ts';
import { confirmSession, endSessionsOfAccount } from '../sessions/store.ts';
import { assertStrongPassword } from './assert-strong-password.ts';
import { countAttempt, forgiveRightAttempt } from './count-attempt.ts';
import {
  type AccountRow,
  changePasswordHash,
  findAccount,
  listMembershipHints,
  notifyMemberships,
} from './store.ts';

export type PasswordChange = { current: string; next: string };

/** Changes the password and announces `account.password_changed` wherever sessions ended; throws `password_wrong`, `password_weak` or `sign_in_delayed`. */
export async function changePassword(
  identity: Identity,
  actor: Actor,
  input: PasswordChange,
): Promise<{ id: string; changed: true }> {
  const own = ownSession(actor);
  const account = await proveCurrent(identity, { ...own, ip: actor.ip ?? '' }, input.current);
  assertStrongPassword(input.next, account.email);
  const hash = await identity.passwords.hash(input.next);
  const at = new Date(Math.max(identity.clock.now(), (account.password_changed_at?.getTime() ?? 0) + 1));
  const here = { organizationId: actor.organization_id, sessionId: own.sessionId };
  await identity.db.as(actor, (tx) => confirmSession(tx, here, at));
  const hints = await identity.db.asPlatform(null, async (tx) => {
    const change = { accountId: account.account_id, from: account.password_hash, to: hash, at };
    if (!(await changePasswordHash(tx, change))) throw identityProblem('password_wrong');
    await identity.events.announceOnPlatform(tx, actor, {
      type: 'account.password_changed',
      subject_type: 'account',
      subject_id: account.account_id,
    });
    await notifyMemberships(tx, account.account_id);
    return listMembershipHints(tx, account.account_id);
  });
  for (const { organization_id } of hints)
    await closeSessions(identity, { actor, account, organization_id, at });
  return { id: own.memberId, changed: true };
}

async function proveCurrent(
  identity: Identity,
  own: { accountId: string; ip: string },
  current: string,
): Promise<AccountRow> {
  const from = { email: `account ${own.accountId}`, ip: own.ip, nowMs: identity.clock.now() };
  const { attempt, account } = await identity.db.asPlatform(null, async (tx) => ({
    attempt: await countAttempt(tx, from),
    account: await findAccount(tx, own.accountId),
  }));
  if (attempt.retryAfterSeconds > 0)
    throw identityProblem('sign_in_delayed', { retry_after_seconds: attempt.retryAfterSeconds });
  if (!account || !(await identity.passwords.isRight(account.password_hash, current)))
    throw identityProblem('password_wrong');
  await identity.db.asPlatform(null, (tx) => forgiveRightAttempt(tx, from, attempt));
  return account;
}

type Closing = { actor: Actor; account: AccountRow; organization_id: string; at: Date };

async function closeSessions(identity: Identity, closing: Closing): Promise<void> {
  const { actor, account, organization_id: organizationId, at } = closing;
  const isHere = organizationId === actor.organization_id;
  await identity.db.as(systemActor(organizationId), async (tx) => {
    const end = { at, reason: 'password_changed' };
    const of = { organizationId, accountId: account.account_id, except: actor.session_id ?? '' };
    const ended = await endSessionsOfAccount(tx, of, end);
    if (!ended) return;
    const there: Actor = isHere
      ? actor
      : { ...systemActor(organizationId, account.email), kind: 'member', id: ended.memberId };
    await identity.events.announce(tx, there, {
      type: 'account.password_changed',
      subject_type: 'member',
      subject_id: ended.memberId,
      details: { sessions_ended: ended.count },
    });
  });
}
