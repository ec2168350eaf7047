// Links to a conversation: made by its owner, for people of the organization or for everybody, with an end, withdrawn at once.
import { problem } from '@insula/contract';
import { conversationProblem } from '@insula/contract/conversations';
import { type Actor, actorMay } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import { shelfOf } from '../conversations/shelf-of.ts';
import { findConversation, holdConversation } from '../conversations/store.ts';
import type { AgentDeps } from '../index.ts';
import { issueShareToken } from './share-token.ts';
import { addShare, countShares, deleteShare, listShares as readShares, type ShareRow } from './store.ts';

export type SharingDeps = AgentDeps & { publicUrl(): string };
type In = { workspace_id: string; conversation_id: string };

const SHARES_MAX = 20;
const HOUR_MS = 3_600_000;

/** Makes a link to what was said so far and announces `conversation.shared`; a public one needs `workspaces:write`. */
export async function shareConversation(
  deps: SharingDeps,
  actor: Actor,
  input: In & { audience: ShareRow['audience']; expires_in_hours: number },
) {
  const at = shelfOf(actor, input.workspace_id);
  if (input.audience === 'public' && !actorMay(actor, 'workspaces:write', input.workspace_id))
    throw problem('forbidden', { permission: 'workspaces:write' });
  const now = deps.clock.now();
  const { token, tokenHash } = issueShareToken(at.organizationId);
  return deps.db.as(actor, async (tx) => {
    const of = await holdConversation(tx, at, input.conversation_id);
    if (!of) throw conversationProblem('conversation_not_found');
    if (of.active_message_id === null) throw conversationProblem('conversation_empty');
    if ((await countShares(tx, of, new Date(now))) >= SHARES_MAX)
      throw conversationProblem('too_many_shares', { limit: SHARES_MAX });
    const row = await addShare(tx, {
      organization_id: of.organization_id,
      id: newId(now),
      workspace_id: of.workspace_id,
      conversation_id: of.id,
      message_id: of.active_message_id,
      audience: input.audience,
      token_hash: tokenHash,
      created_by: actor.id,
      expires_at: new Date(now + input.expires_in_hours * HOUR_MS),
    });
    await deps.events.announce(tx, actor, {
      type: 'conversation.shared',
      subject_type: 'conversation',
      subject_id: of.id,
      workspace_id: at.workspaceId,
      details: { share_id: row.id, audience: row.audience, expires_at: row.expires_at.toISOString() },
    });
    return { ...presentShare(row), token, url: `${deps.publicUrl()}/shared#token=${token}` };
  });
}

/** A page of links, newest first, expired ones too; throws `conversation_not_found`. */
export async function listShares(
  deps: AgentDeps,
  actor: Actor,
  input: In & { limit: number; cursor?: string | undefined },
) {
  const before = idOfCursor(input.cursor);
  const at = shelfOf(actor, input.workspace_id);
  return deps.db.as(actor, async (tx) => {
    const of = await findConversation(tx, at, input.conversation_id);
    if (!of) throw conversationProblem('conversation_not_found');
    return pageOf(await readShares(tx, of, { limit: input.limit, before }), input.limit, presentShare);
  });
}

/** Withdraws a link and announces `conversation.unshared`; throws `share_not_found`. */
export async function removeShare(
  deps: AgentDeps,
  actor: Actor,
  input: In & { share_id: string },
): Promise<{ id: string; deleted: true }> {
  const at = shelfOf(actor, input.workspace_id);
  return deps.db.as(actor, async (tx) => {
    const of = await findConversation(tx, at, input.conversation_id);
    if (!of) throw conversationProblem('conversation_not_found');
    const gone = await deleteShare(tx, of, input.share_id);
    if (!gone) throw conversationProblem('share_not_found');
    await deps.events.announce(tx, actor, {
      type: 'conversation.unshared',
      subject_type: 'conversation',
      subject_id: of.id,
      workspace_id: at.workspaceId,
      details: { share_id: gone.id },
    });
    return { id: gone.id, deleted: true };
  });
}

function presentShare({ id, audience, message_id, expires_at, created_at }: ShareRow) {
  return {
    id,
    audience,
    message_id,
    expires_at: expires_at.toISOString(),
    created_at: created_at.toISOString(),
  };
}
