// The AI SDK's `useChat` as it is: its last message is the question (or its decisions about tools), its chat id the session,
// and everything before is known here.
import { chatProblem } from '@insula/contract/chat';
import { conversationProblem } from '@insula/contract/conversations';
import type { Actor } from '../../../platform/actor.ts';
import { askAgent, continueAnswer, regenerateAnswer } from '../chat/ask-agent.ts';
import type { ChatDeps } from '../chat/chat-deps.ts';
import type { Decision } from '../chat/settle-approvals.ts';
import { shelfOf } from '../conversations/shelf-of.ts';
import { findConversationBy } from '../conversations/store.ts';
import { writeStream } from '../runs/write-stream.ts';

export type UiChat = {
  workspace_id: string;
  agent_id: string;
  id: string;
  messages: Record<string, unknown>[];
  trigger: 'submit-message' | 'regenerate-message';
};
type Part = Record<string, unknown>;

const TEXT_MAX = 64_000;

/** Answers a request of `useChat` with a UI message stream. */
export async function answerUiChat(deps: ChatDeps, actor: Actor, input: UiChat): Promise<never> {
  const { workspace_id, agent_id, id: session_id } = input;
  const last = input.messages.at(-1)!;
  const decisions = last.role === 'assistant' ? decisionsOf(partsOf(last)) : [];
  if (input.trigger === 'regenerate-message' || decisions.length > 0) {
    const at = await findActive(deps, actor, { workspace_id, session_id });
    const { run } =
      decisions.length > 0
        ? await continueAnswer(deps, actor, { at, decisions })
        : await regenerateAnswer(deps, actor, { at, wish: {} });
    return writeStream(run, 'ui');
  }
  const query = questionIn(last);
  const question = { workspace_id, agent_id, session_id, query };
  const { run } = await askAgent(deps, actor, { question, wish: {} });
  return writeStream(run, 'ui');
}

function questionIn(last: Record<string, unknown>): string {
  const texts = partsOf(last).filter(({ type, text }) => type === 'text' && typeof text === 'string');
  const query = texts
    .map(({ text }) => String(text))
    .join('\n')
    .trim();
  if (last.role !== 'user' || query === '') throw chatProblem('question_missing');
  return query.slice(0, TEXT_MAX);
}

const partsOf = ({ parts }: Record<string, unknown>): Part[] =>
  Array.isArray(parts)
    ? (parts as unknown[]).filter((one): one is Part => typeof one === 'object' && one !== null)
    : [];

/** What the person decided about tool calls, as `addToolApprovalResponse` leaves it in the parts. */
function decisionsOf(parts: Part[]): Decision[] {
  return parts
    .filter(({ state, toolCallId }) => state === 'approval-responded' && typeof toolCallId === 'string')
    .map(({ toolCallId, approval }) => {
      const { approved, reason } = (approval ?? {}) as { approved?: unknown; reason?: unknown };
      const words = typeof reason === 'string' && reason !== '' ? { reason: reason.slice(0, 1_000) } : {};
      return { tool_call_id: String(toolCallId), approved: approved === true, ...words };
    });
}

async function findActive(
  deps: ChatDeps,
  actor: Actor,
  input: { workspace_id: string; session_id: string },
): Promise<{ workspace_id: string; conversation_id: string; message_id: string }> {
  const at = shelfOf(actor, input.workspace_id);
  const by = { session_id: input.session_id, end_user: '' };
  const found = await deps.db.as(actor, (tx) => findConversationBy(tx, at, by));
  if (!found?.active_message_id) throw conversationProblem('conversation_not_found');
  return { workspace_id: input.workspace_id, conversation_id: found.id, message_id: found.active_message_id };
}
