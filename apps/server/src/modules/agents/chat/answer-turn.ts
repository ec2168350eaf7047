// Answering a turn that is written down: search, converse, and write the end down before anybody is told of it. It goes on
// whether somebody follows or not, and never rejects.
import { Problem } from '@insula/contract';
import { type Actor, systemActor } from '../../../platform/actor.ts';
import { type MessageChange, type MessageRow, updateMessage } from '../messages/store.ts';
import { composePrompt } from '../personality/compose-prompt.ts';
import { presentAgent } from '../profiles/present-agent.ts';
import { collectPassages, type Passages } from '../prompting/collect-passages.ts';
import { modelOf } from '../prompting/model-of.ts';
import type { Marked } from '../prompting/quote-passages.ts';
import { readToolConfig } from '../prompting/read-tool-config.ts';
import {
  historyMessages,
  type ModelMessage,
  messagesOfParts,
  questionMessage,
  systemMessage,
  textWithFiles,
} from '../prompting/system-message.ts';
import type { Run } from '../runs/create-runs.ts';
import { textOfParts } from '../runs/fold-event.ts';
import { loadTools } from '../tools/load-tools.ts';
import { AnswerFailure, nothingSpent, type Spent } from './call-model.ts';
import type { ChatDeps } from './chat-deps.ts';
import { type Conversing, converseWithModel } from './converse-with-model.ts';
import type { Turn } from './open-turn.ts';
import { type Decision, settleApprovals } from './settle-approvals.ts';

export type Wish = {
  model?: string | undefined;
  temperature?: number | undefined;
  maxTokens?: number | undefined;
  /** Further instructions of the asker, below the agent's own. */
  instructions?: string[];
  /** Earlier messages from elsewhere, for a conversation that is new here. */
  before?: ModelMessage[];
  withoutSearch?: boolean;
  /** What was decided about tool calls that waited, for an answer that goes on. */
  decisions?: Decision[];
};
type Answering = { deps: ChatDeps; actor: Actor; turn: Turn; wish: Wish; run: Run };

/** Answers the turn on its run. */
export async function answerTurn(answering: Answering): Promise<void> {
  const { turn, run, deps } = answering;
  const spent = nothingSpent();
  const passages = collectPassages(countSources(run));
  const config = readToolConfig(turn.agent.tool_config);
  const timer = setTimeout(() => run.stop('timeout'), config.timeout_ms);
  let ending: Ending;
  try {
    run.emit({ type: 'start', messageId: turn.answerId, messageMetadata: metadataOf(turn) });
    ending = { status: await speak(answering, { spent, passages }) };
  } catch (error) {
    ending = endingOf(error, run, deps);
  } finally {
    clearTimeout(timer);
  }
  for (const event of passages.listCited(textOfParts(run.draft.parts))) run.emit(event);
  await end(answering, { spent, ending }).catch((error: Error) =>
    deps.log.error({ error: error.message }, 'the end of an answer could not be written down'),
  );
  run.end();
}

const countSources = (run: Run) => run.draft.parts.filter(({ type }) => type === 'source-document').length;

const metadataOf = ({ conversation, question, agent }: Turn) => ({
  conversation_id: conversation.id,
  session_id: conversation.session_id,
  question_id: question.id,
  agent_id: agent.id,
});

async function speak(
  { deps, actor, turn, wish, run }: Answering,
  { spent, passages }: { spent: Spent; passages: Passages },
): Promise<'done' | 'waiting'> {
  const { agent } = turn;
  const config = readToolConfig(agent.tool_config);
  const isResumed = run.draft.parts.length > 0;
  const found = isResumed ? [] : await searchUpfront({ deps, actor, turn, wish, run }, passages);
  const tools = await loadTools({ deps, actor, agent, config, passages, depth: 0, signal: run.signal });
  const { name, system_prompt, personality } = presentAgent(agent);
  const composed = composePrompt({ name, system_prompt, personality }).system_prompt;
  const hasPassages = found.length > 0 || tools.some((tool) => tool.name.endsWith('_search'));
  const talk: Conversing = {
    ...{ deps, actor, agent, config, tools, spent, signal: run.signal, runId: turn.answerId },
    model: wish.model ?? modelOf(agent),
    temperature: wish.temperature,
    maxTokens: wish.maxTokens,
    messages: [
      systemMessage(composed, { passages: hasPassages }, wish.instructions),
      ...(wish.before ?? []),
      ...historyMessages(turn.history, turn.files),
      questionMessage(textWithFiles(turn.question, turn.files), found),
    ],
    emit: run.emit,
    takeNumbers: passages.takeNumbers,
  };
  if (isResumed) await resume(talk, run, wish.decisions ?? []);
  return converseWithModel(talk);
}

/** What was said and done before an answer broke off; decided calls of tools are made now, no other is made again. */
async function resume(talk: Conversing, run: Run, decisions: Decision[]): Promise<void> {
  await settleApprovals(talk, run, decisions);
  const before = messagesOfParts(run.draft.parts);
  talk.messages.push(...before);
  if (before.at(-1)?.role === 'assistant')
    talk.messages.push({
      role: 'user',
      content: '(Your answer broke off here. Go on exactly where it ended, without repeating anything.)',
    });
}

async function searchUpfront(
  { deps, actor, turn, wish, run }: Answering,
  passages: Passages,
): Promise<Marked[]> {
  const { agent, question } = turn;
  const config = readToolConfig(agent.tool_config);
  const mode = ['hybrid', 'vector', 'graph'].find((one) => agent.enabled_tools.includes(`${one}_search`));
  if (config.retrieval !== 'upfront' || wish.withoutSearch || !mode) return [];
  try {
    const found = await deps.searchKnowledge(actor, {
      workspaceId: agent.workspace_id,
      query: question.text.slice(0, 2_000),
      mode: mode as 'hybrid',
      limit: config.top_k,
      signal: run.signal,
    });
    return passages.add(found);
  } catch (error) {
    // Who may not search is answered without passages; anything else too, and the log knows.
    if (run.signal.aborted) throw error;
    deps.log.warn({ error: (error as Error).message }, 'knowledge could not be searched for an answer');
    return [];
  }
}

type Ending = { status: MessageRow['status']; code?: string; detail?: string };

function endingOf(error: unknown, { signal }: Run, deps: ChatDeps): Ending {
  if (signal.aborted) {
    if (signal.reason !== 'timeout') return { status: signal.reason as 'stopped' | 'interrupted' };
    return { status: 'failed', code: 'answer_timeout', detail: 'The answer took longer than it may.' };
  }
  if (error instanceof AnswerFailure || error instanceof Problem)
    return { status: 'failed', code: error.code, detail: error.message.slice(0, 2_000) };
  deps.log.error({ error: (error as Error).message }, 'an answer failed');
  return { status: 'failed', code: 'internal', detail: 'Something went wrong on our side.' };
}

async function end(
  { deps, turn, run }: Answering,
  { spent, ending }: { spent: Spent; ending: Ending },
): Promise<void> {
  const { parts } = run.draft;
  const now = new Date(deps.clock.now());
  const earlier = turn.earlier;
  const change: MessageChange = {
    parts,
    text: textOfParts(parts),
    status: ending.status,
    ...(spent.model === null ? {} : { model: spent.model, provider: spent.provider }),
    input_tokens: spent.inputTokens + Number(earlier?.input_tokens ?? 0),
    output_tokens: spent.outputTokens + Number(earlier?.output_tokens ?? 0),
    cost_micros: spent.costMicros + Number(earlier?.cost_micros ?? 0),
    currency: spent.currency ?? earlier?.currency ?? null,
    calls: spent.calls + (earlier?.calls ?? 0),
    latency_ms: Math.round(performance.now() - spent.startedAt),
    first_token_ms: spent.firstTokenMs,
    error_code: ending.code ?? null,
    error_detail: ending.detail ?? null,
    written_at: now,
    ended_at: now,
  };
  const { conversation, answerId } = turn;
  try {
    await deps.db.as(systemActor(run.organizationId), (tx) =>
      updateMessage(tx, { of: conversation, id: answerId, from: ['streaming'] }, change),
    );
  } finally {
    tellEnd(run, ending, spent);
  }
}

function tellEnd(run: Run, ending: Ending, spent: Spent): void {
  if (ending.status === 'stopped' || ending.status === 'interrupted')
    run.emit({ type: 'abort', reason: ending.status });
  if (ending.status === 'failed')
    run.emit({ type: 'error', errorText: ending.detail ?? '', code: ending.code });
  run.emit({
    type: 'finish',
    finishReason: ending.status === 'done' ? 'stop' : ending.status === 'waiting' ? 'tool-calls' : 'other',
    messageMetadata: {
      status: ending.status,
      model: spent.model,
      usage: {
        input_tokens: spent.inputTokens,
        output_tokens: spent.outputTokens,
        cost_micros: spent.costMicros,
      },
    },
  });
}
