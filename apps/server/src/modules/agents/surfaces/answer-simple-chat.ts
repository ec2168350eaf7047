// Chat in the bodies of older clients, over the same engine: one message in, one answer out, conversations by number.
import { randomUUID } from 'node:crypto';
import { problem } from '@insula/contract';
import { chatProblem } from '@insula/contract/chat';
import { conversationProblem } from '@insula/contract/conversations';
import type { Actor } from '../../../platform/actor.ts';
import { askAgent } from '../chat/ask-agent.ts';
import type { ChatDeps } from '../chat/chat-deps.ts';
import { presentAnswer } from '../chat/present-answer.ts';
import { listConversations } from '../conversations/list-conversations.ts';
import { shelfOf } from '../conversations/shelf-of.ts';
import { findConversationBy } from '../conversations/store.ts';
import type { Message } from '../messages/present-message.ts';
import { listBranch } from '../messages/store.ts';
import { findHomeWorkspace } from './find-home-workspace.ts';

export type SimpleMessage = {
  message: string;
  model?: string | undefined;
  temperature?: number | undefined;
  max_tokens?: number | undefined;
  use_rag: boolean;
  conversation_id?: number | null | undefined;
  conversation_history?: { role: 'user' | 'assistant' | 'system'; content: string }[] | null | undefined;
};

const SHOWN_MAX = 100;

/** Answers a message; throws what asking throws, and a failed answer as the problem it failed with. */
export async function answerSimpleChat(deps: ChatDeps, actor: Actor, input: SimpleMessage) {
  const workspace_id = await homeOf(deps, actor);
  const number = input.conversation_id ?? undefined;
  // What a caller calls a system message is the caller's word, not the organization's: it is told as such.
  const before = (number === undefined ? (input.conversation_history ?? []) : []).map(
    ({ role, content }) => ({
      role: role === 'assistant' ? 'assistant' : 'user',
      content,
    }),
  );
  const answered = await askAgent(deps, actor, {
    question: { workspace_id, query: input.message, number, model: input.model, ...session(number) },
    wish: {
      ...{ model: input.model, temperature: input.temperature, maxTokens: input.max_tokens },
      ...{ before, withoutSearch: !input.use_rag },
    },
  });
  const { message, answer, citations } = await presentAnswer(deps, answered);
  refuseFailed(message);
  const { usage } = message;
  return {
    response: answer,
    conversation_id: Number(answered.turn.conversation.number),
    model_used: message.model ?? '',
    tokens_used: usage.input_tokens + usage.output_tokens,
    latency_ms: message.latency_ms ?? 0,
    cost_usd: usage.currency === null || usage.currency === 'USD' ? usage.cost_micros / 1_000_000 : 0,
    request_id: actor.request_id ?? message.id,
    citations,
  };
}

/** A chat without a number begins a conversation of its own. */
const session = (number: number | undefined) => (number === undefined ? { session_id: randomUUID() } : {});

const homeOf = (deps: ChatDeps, actor: Actor) => findHomeWorkspace(deps, actor, 'ai:query');

/** Throws for an answer that failed: what the caller can mend as 422, what the provider or we did as 503. */
export function refuseFailed({ status, error }: Message): void {
  if (status !== 'failed') return;
  const { code = 'internal', detail: reason = '' } = error ?? {};
  const isOurs = code.startsWith('provider') || code === 'internal' || code === 'answer_timeout';
  throw isOurs ? problem('unavailable', { reason: code }) : chatProblem('answer_failed', { code, reason });
}

/** One's own conversations where a chat without a workspace happens. */
export async function listSimpleConversations(
  deps: ChatDeps,
  actor: Actor,
  input: { limit: number; cursor?: string | undefined },
) {
  const workspace_id = await homeOf(deps, actor);
  const page = await listConversations(deps, actor, { workspace_id, ...input });
  const data = page.data.map(({ number, title, message_count, created_at, updated_at }) => ({
    ...{ id: number, title, message_count, created_at, updated_at },
  }));
  return { data, next_cursor: page.next_cursor };
}

/** One conversation with its newest messages, oldest first; throws `conversation_not_found`. */
export async function getSimpleConversation(deps: ChatDeps, actor: Actor, input: { number: number }) {
  const at = shelfOf(actor, await homeOf(deps, actor));
  return deps.db.as(actor, async (tx) => {
    const row = await findConversationBy(tx, at, { number: input.number });
    if (!row) throw conversationProblem('conversation_not_found');
    const leaf = row.active_message_id;
    const branch = leaf === null ? [] : await listBranch(tx, row, { leaf, limit: SHOWN_MAX });
    return {
      id: Number(row.number),
      title: row.title,
      created_at: row.created_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
      messages: branch.toReversed().map(({ role, text, created_at }) => ({
        ...{ role, content: text, created_at: created_at.toISOString() },
      })),
    };
  });
}
