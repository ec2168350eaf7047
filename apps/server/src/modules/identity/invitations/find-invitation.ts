// From a token to its invitation. Whatever is wrong with the token, the answer is the same, and how often somebody may try
// is counted by address.
import { problem } from '@insula/contract';
import { memberProblem } from '@insula/contract/members';
import { PLATFORM_ORGANIZATION, systemActor } from '../../../platform/actor.ts';
import { limitKey } from '../../../platform/limits/index.ts';
import type { Identity } from '../create-identity.ts';
import { type InvitationToken, readToken } from './invitation-token.ts';
import { findInvitationByToken, type InvitationRow } from './store.ts';

/** Tokens an address may present. */
const windows = [
  { seconds: 60, limit: 100 },
  { seconds: 3_600, limit: 1_000 },
];

export type FoundInvitation = InvitationToken & { row: InvitationRow; organizationName: string };

/** The open invitation behind a token; throws `invitation_not_found`, `rate_limited`. */
export async function findInvitation(
  deps: Identity,
  from: { token: string; ip: string },
): Promise<FoundInvitation> {
  const key = limitKey(PLATFORM_ORGANIZATION, 'invitation', from.ip);
  const verdict = await deps.limits.take([{ key, windows }]);
  if (!verdict.allowed) throw problem('rate_limited', { retry_after_seconds: verdict.retryAfterSeconds });
  const token = readToken(from.token);
  const entry = await deps.directory.findOrganization(token.organizationId);
  if (entry?.status !== 'active') throw memberProblem('invitation_not_found');
  const now = new Date(deps.clock.now());
  const row = await deps.db.as(systemActor(token.organizationId), (tx) =>
    findInvitationByToken(tx, { ...token, now }),
  );
  if (!row) throw memberProblem('invitation_not_found');
  return { ...token, row, organizationName: entry.name };
}
