// A refresh token is exchanged for the next one. Each works once: one that comes back later was copied, and the session
// ends for everybody who holds it. For a few seconds the last one may be repeated, because answers get lost and browsers
// have several tabs; it is answered with the very same successor, so that a repetition does not make a second line.
import { identityProblem } from '@insula/contract/identity';
import { systemActor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { Identity } from '../create-identity.ts';
import { assertMayWork } from '../gate/authenticate-person.ts';
import type { MemberRecord } from '../gate/create-member-loader.ts';
import type { RefreshClaim } from '../tokens/create-refresh-tokens.ts';
import { issueTokens, type SignedIn } from './issue-tokens.ts';
import { actorFrom, type Origin } from './open-session.ts';
import { advanceGeneration, endSession, lockSession, type SessionRow } from './store.ts';

/** How long after its exchange a refresh token may be repeated, in milliseconds. */
const REPEAT_MS = 10_000;

type Given = { token: string; claim: RefreshClaim; member: MemberRecord; from: Origin };
type Deps = Pick<Identity, 'db' | 'events' | 'clock' | 'refreshTokens'>;

/** The next pair of tokens; throws `refresh_token_invalid`, `organization_suspended` or `member_suspended`. */
export async function refreshSession(identity: Identity, token: string, from: Origin): Promise<SignedIn> {
  const claim = identity.refreshTokens.read(token);
  if (!claim || !(await identity.directory.findOrganization(claim.organizationId)))
    throw identityProblem('refresh_token_invalid');
  const { organizationId, sessionId } = claim;
  const row = await identity.db.as(systemActor(organizationId), (tx) => lockSession(tx, claim));
  if (!row || !identity.refreshTokens.proves(token, claim, row.refresh_seed))
    throw identityProblem('refresh_token_invalid');
  const record = await identity.sessions({ organizationId, sessionId });
  const member = record && (await identity.loadMember(organizationId, record.session.member_id));
  if (!record || !member) throw identityProblem('refresh_token_invalid');
  const platformAdmin = record.account?.platform_admin === true && record.session.method === 'password';
  await assertMayWork(identity, member, platformAdmin);
  const next = await identity.db.as(systemActor(organizationId), (tx) =>
    exchange(tx, identity, { token, claim, member, from }),
  );
  if (!next) throw identityProblem('refresh_token_invalid');
  const session = { id: sessionId, seed: next.refresh_seed, endsAt: next.expires_at, platformAdmin };
  return issueTokens(identity, member, { ...session, generation: next.refresh_generation });
}

/** The row at the generation to answer with; undefined when the token is not to be answered. */
async function exchange(tx: TenantTx, deps: Deps, given: Given): Promise<SessionRow | undefined> {
  const { claim, member, from } = given;
  const { generation } = claim;
  const now = new Date(deps.clock.now());
  const row = await lockSession(tx, claim);
  if (!row || row.ended_at !== null) return undefined;
  const actor = actorFrom(member, from);
  const about = { subject_type: 'session', subject_id: claim.sessionId };
  if (generation === row.refresh_generation) {
    await advanceGeneration(tx, claim, { from: generation, at: now });
    await deps.events.announce(tx, actor, { ...about, type: 'session.refreshed', details: {} });
    return { ...row, refresh_generation: generation + 1 };
  }
  const repeated = generation === row.refresh_generation - 1;
  if (repeated && now.getTime() - (row.refreshed_at?.getTime() ?? 0) <= REPEAT_MS) return row;
  const reason = 'refresh_token_reused';
  await endSession(tx, claim, { at: now, reason });
  await deps.events.announce(tx, actor, { ...about, type: 'session.ended', details: { reason } });
  return undefined;
}
