// What a link shows: the words up to the message it was made at. People of the organization open it as themselves, so that a
// workspace they cannot see stays closed; a public link is opened for everybody.
import { problem } from '@insula/contract';
import { conversationProblem } from '@insula/contract/conversations';
import { type Actor, PLATFORM_ORGANIZATION, systemActor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { type Limits, limitKey } from '../../../platform/limits/index.ts';
import type { Tenancy } from '../../tenancy/index.ts';
import type { AgentDeps } from '../index.ts';
import { listBranch } from '../messages/store.ts';
import { readShareToken, type ShareToken } from './share-token.ts';
import { findShare, type ShareRow } from './store.ts';

export type OpeningDeps = AgentDeps & { limits: Limits; tenancy: Pick<Tenancy, 'directory'> };

const MESSAGES_MAX = 500;
/** Tokens an address may present. */
const windows = [
  { seconds: 60, limit: 100 },
  { seconds: 3_600, limit: 1_000 },
];

/** What the link shows to a person of its organization who sees the workspace; throws `share_not_found`. */
export async function openLink(deps: OpeningDeps, actor: Actor, input: { token: string }) {
  const token = readShareToken(input.token);
  if (token.organizationId !== actor.organization_id) throw conversationProblem('share_not_found');
  return deps.db.as(actor, (tx) => readShared(tx, { deps, token, audiences: ['organization', 'public'] }));
}

/** What a public link shows to anybody; throws `share_not_found`, `rate_limited`. */
export async function openPublicLink(deps: OpeningDeps, actor: Actor, input: { token: string }) {
  const key = limitKey(PLATFORM_ORGANIZATION, 'shared conversation', actor.ip ?? '');
  const verdict = await deps.limits.take([{ key, windows }]);
  if (!verdict.allowed) throw problem('rate_limited', { retry_after_seconds: verdict.retryAfterSeconds });
  const token = readShareToken(input.token);
  const entry = await deps.tenancy.directory.findOrganization(token.organizationId);
  if (entry?.status !== 'active') throw conversationProblem('share_not_found');
  const reader = systemActor(token.organizationId);
  return deps.db.as(reader, (tx) => readShared(tx, { deps, token, audiences: ['public'] }));
}

async function readShared(
  tx: TenantTx,
  at: { deps: OpeningDeps; token: ShareToken; audiences: ShareRow['audience'][] },
) {
  const { token, audiences } = at;
  const found = await findShare(tx, { ...token, audiences, now: new Date(at.deps.clock.now()) });
  if (!found) throw conversationProblem('share_not_found');
  const of = { ...found, id: found.conversation_id };
  const rows = await listBranch(tx, of, { leaf: found.message_id, limit: MESSAGES_MAX + 1 });
  return {
    title: found.title,
    shared_at: found.created_at.toISOString(),
    expires_at: found.expires_at.toISOString(),
    is_cut: rows.length > MESSAGES_MAX,
    messages: rows
      .slice(0, MESSAGES_MAX)
      .toReversed()
      .map(({ role, text, created_at }) => ({ role, text, created_at: created_at.toISOString() })),
  };
}
