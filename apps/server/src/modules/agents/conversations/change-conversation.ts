// Renaming a conversation, choosing the branch that is shown, going on with another agent; and deleting it.
import { agentProblem } from '@insula/contract/agents';
import { conversationProblem } from '@insula/contract/conversations';
import type { Actor } from '../../../platform/actor.ts';
import type { AgentDeps } from '../index.ts';
import { findMessage } from '../messages/store.ts';
import { findAgent } from '../profiles/store.ts';
import { type Conversation, presentConversation } from './present-conversation.ts';
import { shelfOf } from './shelf-of.ts';
import { deleteConversation, holdConversation, updateConversation } from './store.ts';

export type ConversationChange = {
  workspace_id: string;
  conversation_id: string;
  title?: string | undefined;
  active_message_id?: string | undefined;
  agent_id?: string | undefined;
};

/** Changes what is given and announces `conversation.changed`; throws `conversation_not_found`, `message_not_found`, `agent_not_found`. */
export async function changeConversation(
  deps: AgentDeps,
  actor: Actor,
  input: ConversationChange,
): Promise<Conversation> {
  const at = shelfOf(actor, input.workspace_id);
  const { title, active_message_id, agent_id } = input;
  return deps.db.as(actor, async (tx) => {
    const held = await holdConversation(tx, at, input.conversation_id);
    if (!held) throw conversationProblem('conversation_not_found');
    if (active_message_id && !(await findMessage(tx, held, active_message_id)))
      throw conversationProblem('message_not_found');
    if (agent_id && !(await findAgent(tx, { ...at, agentId: agent_id })))
      throw agentProblem('agent_not_found');
    const change = {
      ...(title === undefined ? {} : { title, title_source: 'hand' as const }),
      ...(active_message_id === undefined ? {} : { active_message_id }),
      ...(agent_id === undefined ? {} : { agent_id }),
    };
    const row = await updateConversation(
      tx,
      { ...at, id: held.id },
      { ...change, updated_at: new Date(deps.clock.now()) },
    );
    await deps.events.announce(tx, actor, {
      type: 'conversation.changed',
      subject_type: 'conversation',
      subject_id: held.id,
      workspace_id: at.workspaceId,
      details: { fields: Object.keys(change).filter((field) => field !== 'title_source') },
    });
    return presentConversation(row!);
  });
}

/** Deletes the conversation with all that is in it and announces `conversation.removed`; throws `conversation_not_found`. */
export async function removeConversation(
  deps: AgentDeps,
  actor: Actor,
  input: { workspace_id: string; conversation_id: string },
): Promise<{ id: string; deleted: true }> {
  const at = shelfOf(actor, input.workspace_id);
  const id = input.conversation_id;
  return deps.db.as(actor, async (tx) => {
    if (!(await deleteConversation(tx, { ...at, id }))) throw conversationProblem('conversation_not_found');
    await deps.events.announce(tx, actor, {
      type: 'conversation.removed',
      subject_type: 'conversation',
      subject_id: id,
      workspace_id: at.workspaceId,
    });
    return { id, deleted: true };
  });
}
