// The loop of an answer: ask the model, call the tools it wants, tell it what they answered, until it has nothing more to ask
// for or one of the bounds is reached. It knows neither rows nor sockets.
import type { Actor } from '../../../platform/actor.ts';
import type { AgentRow } from '../profiles/store.ts';
import { quoteToolAnswer } from '../prompting/quote-passages.ts';
import type { ToolConfig } from '../prompting/read-tool-config.ts';
import type { ModelMessage } from '../prompting/system-message.ts';
import type { ChatEvent } from '../runs/fold-event.ts';
import type { ToolCall } from '../runs/read-model-stream.ts';
import type { Tool } from '../tools/load-tools.ts';
import { AnswerFailure, callModel, type Spent } from './call-model.ts';
import { callTool } from './call-tool.ts';
import type { ChatDeps } from './chat-deps.ts';

export type Conversing = {
  deps: ChatDeps;
  actor: Actor;
  agent: AgentRow;
  /** The answer's message: every call of it, those of agents it asks too, has this run in the ledger. */
  runId: string;
  model: string | undefined;
  temperature: number | undefined;
  maxTokens: number | undefined;
  config: ToolConfig;
  /** Grows with every step. */
  messages: ModelMessage[];
  tools: Tool[];
  spent: Spent;
  signal: AbortSignal;
  emit(event: ChatEvent): void;
  /** Told of the numbers that a model gave its sources by itself. */
  takeNumbers?(citations: unknown): void;
};
export type Outcome = 'done' | 'waiting';

/** Converses until the answer is whole, or waits for a person's approval; throws what it failed with. */
export async function converseWithModel(talk: Conversing): Promise<Outcome> {
  for (let step = 0; step < talk.config.max_steps; step++) {
    assertAffordable(talk);
    talk.emit({ type: 'start-step' });
    const said = await callModel(talk);
    if (said.toolCalls.length === 0) {
      if (said.citations !== undefined) talk.takeNumbers?.(said.citations);
      talk.emit({ type: 'finish-step' });
      return 'done';
    }
    talk.messages.push(assistantMessage(said.text, said.toolCalls));
    const isWaiting = await callAll(talk, said.toolCalls);
    talk.emit({ type: 'finish-step' });
    if (isWaiting) return 'waiting';
  }
  throw new AnswerFailure(
    'too_many_steps',
    `The answer was not whole after ${talk.config.max_steps} steps. Raise max_steps in the agent's tool_config.`,
  );
}

function assertAffordable({ config, spent }: Conversing): void {
  if (config.max_cost_micros === null || spent.costMicros < config.max_cost_micros) return;
  throw new AnswerFailure(
    'cost_limit_reached',
    `The answer cost ${spent.costMicros} micros, and the agent's max_cost_micros is ${config.max_cost_micros}.`,
  );
}

function assistantMessage(text: string, calls: ToolCall[]): ModelMessage {
  const tool_calls = calls.map((call) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments || '{}' },
  }));
  return { role: 'assistant', content: text || null, tool_calls };
}

/** Calls the tools one after the other; answers whether one of them waits for a person. */
async function callAll(talk: Conversing, calls: ToolCall[]): Promise<boolean> {
  let isWaiting = false;
  for (const call of calls) {
    const answer = await callTool(talk, call);
    if (answer === undefined) isWaiting = true;
    else
      talk.messages.push({
        role: 'tool',
        tool_call_id: call.id,
        content: quoteToolAnswer(call.name, answer),
      });
    talk.signal.throwIfAborted();
  }
  return isWaiting;
}
