// One step of an answer: a whole metered call of a model, streamed, with what it says told as it comes.
import { newId } from '../../../platform/ids.ts';
import { streamCall } from '../../gateway/index.ts';
import { readModelStream, type Said } from '../runs/read-model-stream.ts';
import type { Conversing } from './converse-with-model.ts';

/** What the calls of an answer came to together, those of agents it asked included. */
export type Spent = {
  steps: number;
  calls: number;
  inputTokens: number;
  outputTokens: number;
  costMicros: number;
  currency: string | null;
  model: string | null;
  provider: string | null;
  firstTokenMs: number | null;
  startedAt: number;
};

/** A failure that the answer ends with. */
export class AnswerFailure extends Error {
  override readonly name = 'AnswerFailure';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Nothing spent yet; the clock of the answer begins. */
export function nothingSpent(): Spent {
  return {
    ...{ steps: 0, calls: 0, inputTokens: 0, outputTokens: 0, costMicros: 0 },
    ...{ currency: null, model: null, provider: null, firstTokenMs: null, startedAt: performance.now() },
  };
}

/** Calls the model with the messages so far; throws an `AnswerFailure`, or the Problem that refused the call. */
export async function callModel(talk: Conversing): Promise<Said & { text: string }> {
  const { deps, spent, agent } = talk;
  const call = await streamCall(deps.gateway, talk.actor, {
    workspaceId: agent.workspace_id,
    body: bodyOf(talk),
    origin: { purpose: 'chat', subject_id: agent.id, run_id: talk.runId, step: spent.steps++ },
    callId: newId(),
    signal: talk.signal,
  });
  const words = tellWords(talk);
  const reading = readModelStream(call.parts, words.heard).catch((error: unknown) => {
    if (talk.signal.aborted) return undefined;
    throw error;
  });
  const [said, completed] = await Promise.all([reading, call.completed]);
  words.close();
  spent.calls++;
  spent.inputTokens += completed.tokens.input;
  spent.outputTokens += completed.tokens.output;
  spent.costMicros += completed.costMicros ?? 0;
  spent.currency ??= completed.currency;
  spent.model = completed.model ?? spent.model;
  spent.provider = completed.provider ?? spent.provider;
  talk.signal.throwIfAborted();
  if (completed.failure) throw new AnswerFailure(completed.failure.code, completed.failure.message);
  return { ...said!, text: words.text() };
}

function bodyOf({ agent, model, maxTokens, temperature, messages, tools }: Conversing) {
  return {
    ...(model === undefined ? {} : { model }),
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    temperature: temperature ?? agent.temperature,
    messages,
    ...(tools.length > 0 ? { tools: tools.map(declare) } : {}),
  };
}

const declare = (tool: Conversing['tools'][number]) => ({
  type: 'function',
  function: { name: tool.name, description: tool.description, parameters: tool.parameters },
});

/** Tells words and thoughts as events, each run of them as a part of its own. */
function tellWords({ emit, spent }: Conversing) {
  let open: { kind: 'text' | 'reasoning'; id: string } | undefined;
  let text = '';
  const close = () => {
    if (open) emit({ type: `${open.kind}-end`, id: open.id });
    open = undefined;
  };
  const tell = (kind: 'text' | 'reasoning', delta: string) => {
    spent.firstTokenMs ??= Math.round(performance.now() - spent.startedAt);
    if (open?.kind !== kind) {
      close();
      open = { kind, id: `${kind}-${spent.steps}` };
      emit({ type: `${kind}-start`, id: open.id });
    }
    emit({ type: `${kind}-delta`, id: open.id, delta });
  };
  return {
    heard: {
      text(delta: string) {
        text += delta;
        tell('text', delta);
      },
      reasoning: (delta: string) => tell('reasoning', delta),
    },
    close,
    text: () => text,
  };
}
