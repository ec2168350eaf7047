// The messages of a branch, page by page.
import { conversationProblem } from '@insula/contract/conversations';
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor } from '../../../platform/lists.ts';
import { shelfOf } from '../conversations/shelf-of.ts';
import { findConversation } from '../conversations/store.ts';
import type { AgentDeps } from '../index.ts';
import { type MessagePage, readBranch } from './read-branch.ts';

/** A page of a branch, newest first: from the cursor on, or from `leaf`, or from the active one; throws `conversation_not_found`. */
export async function listMessages(
  deps: AgentDeps,
  actor: Actor,
  input: {
    workspace_id: string;
    conversation_id: string;
    limit: number;
    cursor?: string | undefined;
    leaf?: string | undefined;
  },
): Promise<MessagePage> {
  const from = idOfCursor(input.cursor) ?? input.leaf;
  const at = shelfOf(actor, input.workspace_id);
  return deps.db.as(actor, async (tx) => {
    const row = await findConversation(tx, at, input.conversation_id);
    if (!row) throw conversationProblem('conversation_not_found');
    const leaf = from ?? row.active_message_id;
    return readBranch(tx, row, { leaf, limit: input.limit, nowMs: deps.clock.now() });
  });
}
