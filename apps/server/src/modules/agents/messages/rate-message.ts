// What the asker thinks of an answer.
import { conversationProblem } from '@insula/contract/conversations';
import type { Actor } from '../../../platform/actor.ts';
import { shelfOf } from '../conversations/shelf-of.ts';
import { findConversation } from '../conversations/store.ts';
import type { AgentDeps } from '../index.ts';
import { type Message, presentMessage } from './present-message.ts';
import { findMessage, listSiblings, updateMessage } from './store.ts';

export type Rating = {
  workspace_id: string;
  conversation_id: string;
  message_id: string;
  rating: 'up' | 'down' | null;
  reason: string | null;
  satisfaction: number | null;
};

/** Replaces the feedback on an answer and announces `message.rated`; throws `message_not_found`. */
export async function rateMessage(deps: AgentDeps, actor: Actor, input: Rating): Promise<Message> {
  const at = shelfOf(actor, input.workspace_id);
  const now = deps.clock.now();
  return deps.db.as(actor, async (tx) => {
    const of = await findConversation(tx, at, input.conversation_id);
    if (!of) throw conversationProblem('conversation_not_found');
    const found = await findMessage(tx, of, input.message_id);
    if (found?.role !== 'assistant') throw conversationProblem('message_not_found');
    const row = await updateMessage(
      tx,
      { of, id: found.id },
      {
        rating: input.rating === null ? null : input.rating === 'up' ? 1 : -1,
        feedback_reason: input.reason,
        satisfaction: input.satisfaction,
        rated_at: new Date(now),
      },
    );
    await deps.events.announce(tx, actor, {
      type: 'message.rated',
      subject_type: 'message',
      subject_id: found.id,
      workspace_id: at.workspaceId,
      details: {
        agent_id: found.agent_id,
        agent_version: found.agent_version,
        model: found.model,
        rating: input.rating,
        satisfaction: input.satisfaction,
      },
    });
    const siblings = await listSiblings(tx, of, [found.parent_id]);
    return presentMessage(row!, { siblings: siblings.map(({ id }) => id), nowMs: now });
  });
}
