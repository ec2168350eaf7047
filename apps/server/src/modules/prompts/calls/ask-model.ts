// One question to a model on behalf of whoever asked for it, and what came of it as columns of a row: answered, or failed in
// words for people, with what a retry would be worth.
import { Problem } from '@insula/contract';
import type { Actor } from '../../../platform/actor.ts';
import { type CallWish, type Completed, completeCall } from '../../gateway/index.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import type { Message, Settings } from '../templates/template.ts';

export type Asker = Pick<Actor, 'organization_id' | 'kind' | 'id'>;
export type Question = Omit<CallWish, 'body'> & { messages: Message[]; settings: Settings };

/** What is written down of a call. */
export type AnswerFacts = {
  state: 'succeeded' | 'failed';
  answer: string | null;
  error_code: string | null;
  error: string | null;
  provider: string | null;
  model: string | null;
  input_tokens: number | null;
  output_tokens: number | null;
  cost_micros: number | null;
  currency: string | null;
  latency_ms: number | null;
};
export type Asked = {
  facts: AnswerFacts;
  /** `no`: it would fail again. `again`: it may do better. `later`: it was not made, and may be after `waitMs`. */
  retry: 'no' | 'again' | 'later';
  waitMs: number;
};

const ANSWER_MAX = 1_000_000;
const WAIT_MS = 2_000;

/** Asks, and resolves with what came of it; rejects only when nothing can be said about that. */
export async function askModel(deps: PromptsDeps, asker: Asker, question: Question): Promise<Asked> {
  const { messages, settings, ...wish } = question;
  const { provider, model, parameters } = settings;
  const named = model === null ? {} : { model: provider === null ? model : `${provider}/${model}` };
  const body = { ...parameters, ...named, messages };
  try {
    return readOutcome(await completeCall(deps.gateway, asker as Actor, { ...wish, body }));
  } catch (error) {
    if (error instanceof Problem) return readRefusal(error);
    throw error;
  }
}

/** The words of an answer as a column takes them. */
export function cleanAnswer(text: string): string {
  return text.slice(0, ANSWER_MAX).replaceAll('\u0000', '\ufffd').toWellFormed();
}

function readOutcome(done: Completed): Asked {
  const { failure } = done;
  const facts: AnswerFacts = {
    state: failure ? 'failed' : 'succeeded',
    answer: failure ? null : cleanAnswer(done.text),
    error_code: failure?.code ?? null,
    error: failure ? cleanAnswer(failure.message).slice(0, 2_000) : null,
    provider: done.provider,
    model: done.model,
    input_tokens: done.tokens.input,
    output_tokens: done.tokens.output,
    cost_micros: done.costMicros,
    currency: done.currency,
    latency_ms: done.latencyMs,
  };
  const waitMs = Math.min(60_000, (failure?.retryAfterSeconds ?? 0) * 1_000);
  return { facts, retry: failure ? retryOf(failure) : 'no', waitMs };
}

function retryOf({ code, status }: NonNullable<Completed['failure']>): Asked['retry'] {
  if (code === 'client_closed') return 'later';
  if (code.startsWith('budget_') || code === 'access_ended') return 'no';
  return status >= 500 || status === 429 || status === 408 ? 'again' : 'no';
}

/** A call that was not made at all. */
function readRefusal(refusal: Problem): Asked {
  const { code, message, status, facts: about } = refusal;
  const seconds = Number(about.retry_after_seconds);
  const isFull = ['limit_reached', 'too_many_at_once', 'overloaded'].includes(code);
  const facts: AnswerFacts = {
    ...{ state: 'failed', answer: null, error_code: code, error: message.slice(0, 2_000) },
    ...{ provider: null, model: null, input_tokens: null, output_tokens: null },
    ...{ cost_micros: 0, currency: null, latency_ms: null },
  };
  const waitMs = Number.isFinite(seconds) ? Math.min(60_000, seconds * 1_000) : WAIT_MS;
  return { facts, retry: isFull ? 'later' : status >= 500 ? 'again' : 'no', waitMs };
}
