// Text files of a conversation: attached once, named by messages, gone with the conversation.
import { conversationProblem } from '@insula/contract/conversations';
import type { Actor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import { shelfOf } from '../conversations/shelf-of.ts';
import { findConversation, holdConversation } from '../conversations/store.ts';
import type { AgentDeps } from '../index.ts';
import {
  type AttachmentHead,
  addAttachment,
  countAttachments,
  deleteAttachment,
  listAttachments as readList,
} from './store.ts';

type In = { workspace_id: string; conversation_id: string };

const ATTACHMENTS_MAX = 50;

/** Attaches a text and announces `conversation_attachment.added`; throws `conversation_not_found`, `too_many_attachments`. */
export async function attachText(
  deps: AgentDeps,
  actor: Actor,
  input: In & { name: string; media_type: string; text: string },
) {
  const at = shelfOf(actor, input.workspace_id);
  const { name, media_type, text } = input;
  return deps.db.as(actor, async (tx) => {
    const of = await holdConversation(tx, at, input.conversation_id);
    if (!of) throw conversationProblem('conversation_not_found');
    if ((await countAttachments(tx, of)) >= ATTACHMENTS_MAX)
      throw conversationProblem('too_many_attachments', { limit: ATTACHMENTS_MAX });
    const row = { id: newId(deps.clock.now()), name, media_type, bytes: Buffer.byteLength(text), text };
    const made = await addAttachment(tx, of, row);
    await deps.events.announce(tx, actor, {
      type: 'conversation_attachment.added',
      subject_type: 'conversation_attachment',
      subject_id: made.id,
      workspace_id: at.workspaceId,
      details: { conversation_id: of.id, media_type, bytes: made.bytes },
    });
    return present(made);
  });
}

/** A page of attachments, newest first; throws `conversation_not_found`. */
export async function listAttachments(
  deps: AgentDeps,
  actor: Actor,
  input: In & { limit: number; cursor?: string | undefined },
) {
  const before = idOfCursor(input.cursor);
  const at = shelfOf(actor, input.workspace_id);
  return deps.db.as(actor, async (tx) => {
    const of = await findConversation(tx, at, input.conversation_id);
    if (!of) throw conversationProblem('conversation_not_found');
    return pageOf(await readList(tx, of, { limit: input.limit, before }), input.limit, present);
  });
}

/** Deletes an attachment and announces `conversation_attachment.removed`; throws `attachment_not_found`. */
export async function detachText(
  deps: AgentDeps,
  actor: Actor,
  input: In & { attachment_id: string },
): Promise<{ id: string; deleted: true }> {
  const at = shelfOf(actor, input.workspace_id);
  return deps.db.as(actor, async (tx) => {
    const of = await findConversation(tx, at, input.conversation_id);
    if (!of) throw conversationProblem('conversation_not_found');
    const gone = await deleteAttachment(tx, of, input.attachment_id);
    if (!gone) throw conversationProblem('attachment_not_found');
    await deps.events.announce(tx, actor, {
      type: 'conversation_attachment.removed',
      subject_type: 'conversation_attachment',
      subject_id: gone.id,
      workspace_id: at.workspaceId,
      details: { conversation_id: of.id },
    });
    return { id: gone.id, deleted: true };
  });
}

function present({ id, name, media_type, bytes, created_at }: AttachmentHead) {
  return { id, name, media_type, bytes, created_at: created_at.toISOString() };
}
