// The verbs of chat: ask, answer again, go on. Each writes its turn down and then answers it on a run of its own.
import { chatProblem } from '@insula/contract/chat';
import { conversationProblem } from '@insula/contract/conversations';
import type { Actor } from '../../../platform/actor.ts';
import { shelfOf } from '../conversations/shelf-of.ts';
import { holdConversation } from '../conversations/store.ts';
import { statusOf } from '../messages/present-message.ts';
import { findMessage, updateMessage } from '../messages/store.ts';
import { findAgent } from '../profiles/store.ts';
import type { Run } from '../runs/create-runs.ts';
import { answerTurn, type Wish } from './answer-turn.ts';
import type { ChatDeps } from './chat-deps.ts';
import { openTurn, type Question, readTurn, reopenTurn, type Turn } from './open-turn.ts';
import type { Decision } from './settle-approvals.ts';

/** A turn that is being answered. */
export type Answered = { turn: Turn; run: Run };
type MessageAt = { workspace_id: string; conversation_id: string; message_id: string };

/** Asks an agent; the run answers from here on by itself. */
export async function askAgent(
  deps: ChatDeps,
  actor: Actor,
  { question, wish }: { question: Question; wish: Wish },
): Promise<Answered> {
  assertRoom(deps);
  return answer(deps, actor, { turn: await openTurn(deps, actor, question), wish });
}

/** Answers a question again, as a sibling of the answer given. */
export async function regenerateAnswer(
  deps: ChatDeps,
  actor: Actor,
  { at, wish }: { at: MessageAt; wish: Wish },
): Promise<Answered> {
  assertRoom(deps);
  return answer(deps, actor, { turn: await reopenTurn(deps, actor, { ...at, model: wish.model }), wish });
}

/** Goes on with an answer that broke off, or whose tool calls were decided. */
export async function continueAnswer(
  deps: ChatDeps,
  actor: Actor,
  { at, decisions }: { at: MessageAt; decisions: Decision[] },
): Promise<Answered> {
  assertRoom(deps);
  const shelf = shelfOf(actor, at.workspace_id);
  const nowMs = deps.clock.now();
  const turn = await deps.db.as(actor, async (tx): Promise<Turn> => {
    const conversation = await holdConversation(tx, shelf, at.conversation_id);
    if (!conversation) throw conversationProblem('conversation_not_found');
    const earlier = await findMessage(tx, conversation, at.message_id);
    if (earlier?.role !== 'assistant') throw conversationProblem('message_not_found');
    const status = statusOf(earlier, nowMs);
    if (status === 'streaming') throw chatProblem('message_not_ended');
    if (status === 'done') throw chatProblem('message_not_continuable');
    assertDecided(earlier.parts, decisions);
    const agent = earlier.agent_id && (await findAgent(tx, { ...shelf, agentId: earlier.agent_id }));
    if (!agent) throw chatProblem('no_agent');
    if (!agent.is_active) throw chatProblem('agent_inactive', { name: agent.name });
    const fresh = { status: 'streaming' as const, stop_requested: false, written_at: new Date(nowMs) };
    await updateMessage(
      tx,
      { of: conversation, id: earlier.id },
      { ...fresh, error_code: null, error_detail: null, ended_at: null },
    );
    const ids = { questionId: earlier.parent_id, answerId: earlier.id };
    return { ...(await readTurn(tx, { conversation, agent, ...ids })), earlier };
  });
  return answer(deps, actor, { turn, wish: { decisions } });
}

function assertRoom(deps: ChatDeps): void {
  if (deps.runs.isFull()) throw chatProblem('too_many_runs');
}

/** Every call that waits is decided, and nothing else is. */
function assertDecided(parts: NonNullable<Turn['earlier']>['parts'], decisions: Decision[]): void {
  const waiting = parts
    .filter(({ state }) => state === 'approval-requested')
    .map((part) => String(part.toolCallId));
  if (decisions.some((one) => !waiting.includes(one.tool_call_id))) throw chatProblem('approval_not_found');
  const open = waiting.filter((id) => !decisions.some((one) => one.tool_call_id === id));
  if (open.length > 0) throw chatProblem('approval_missing', { waiting: open.join(', ') });
}

function answer(deps: ChatDeps, actor: Actor, { turn, wish }: { turn: Turn; wish: Wish }): Answered {
  const run = deps.runs.open({
    organizationId: actor.organization_id,
    messageId: turn.answerId,
    ...(turn.earlier ? { parts: turn.earlier.parts } : {}),
  });
  void answerTurn({ deps, actor: lasting(actor), turn, wish, run });
  return { turn, run };
}

/** The asker, without what belongs to the request alone: an Idempotency-Key is spent by then. */
function lasting({ idempotency: _spent, ...actor }: Actor): Actor {
  return actor;
}
