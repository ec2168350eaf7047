// Reading one's own conversations: lists, search, one with its newest messages.
import { conversationProblem } from '@insula/contract/conversations';
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import { cursorOf, idOfCursor } from '../../../platform/lists.ts';
import type { AgentDeps } from '../index.ts';
import { type MessagePage, readBranch } from '../messages/read-branch.ts';
import { hasWorkspace } from '../profiles/store.ts';
import { type Conversation, presentConversation } from './present-conversation.ts';
import { shelfOf } from './shelf-of.ts';
import { findConversation, listConversations as readConversations } from './store.ts';

export type ConversationList = {
  workspace_id: string;
  limit: number;
  cursor?: string | undefined;
  agent_id?: string | undefined;
  user?: string | undefined;
  query?: string | undefined;
};

/** At most this many words are looked for. */
const WORDS_MAX = 8;

/** A page of one's own conversations, latest activity first; with `query` those whose title or messages contain all its words. */
export async function listConversations(
  deps: AgentDeps,
  actor: Actor,
  input: ConversationList,
): Promise<{ data: Conversation[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  const at = shelfOf(actor, input.workspace_id);
  const { agent_id: agentId, user, limit } = input;
  return deps.db.as(actor, async (tx) => {
    if (!(await hasWorkspace(tx, at))) throw tenancyProblem('workspace_not_found');
    const page = { limit, before, agentId, user, patterns: patternsOf(input.query) };
    const rows = await readConversations(tx, at, page);
    const last = rows[limit - 1];
    return {
      data: rows.slice(0, limit).map(presentConversation),
      next_cursor: rows.length > limit && last ? cursorOf(last.activity_id) : null,
    };
  });
}

function patternsOf(query: string | undefined): string[] {
  const words = (query ?? '').split(/\s+/).filter(Boolean).slice(0, WORDS_MAX);
  return words.map((word) => `%${word.replace(/[\\%_]/g, '\\$&')}%`);
}

/** One's own conversation with the newest messages of its active branch; throws `conversation_not_found`. */
export async function getConversation(
  deps: AgentDeps,
  actor: Actor,
  input: { workspace_id: string; conversation_id: string; limit: number },
): Promise<Conversation & { messages: MessagePage }> {
  const at = shelfOf(actor, input.workspace_id);
  return deps.db.as(actor, async (tx) => {
    const row = await findConversation(tx, at, input.conversation_id);
    if (!row) throw conversationProblem('conversation_not_found');
    const page = { leaf: row.active_message_id, limit: input.limit, nowMs: deps.clock.now() };
    return { ...presentConversation(row), messages: await readBranch(tx, row, page) };
  });
}
