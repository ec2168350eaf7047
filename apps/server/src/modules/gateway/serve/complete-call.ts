// Model calls that the house makes itself, for a person or a program that asked for something else: a job, a comparison, an
// agent. They are carried like every other call: rights, limits, budgets, routing, guardrails, the ledger, the request log.
import { problem } from '@insula/contract';
import type { Actor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import type { CacheDirective } from '../cache/create-answer-cache.ts';
import type { Gateway } from '../index.ts';
import type { Entry, Origin } from '../ledger/index.ts';
import { AskError, readAsk } from '../relay/index.ts';
import { type Carried, carryCall } from './carry-call.ts';
import { type MemoryAnswer, openMemoryAnswer } from './open-memory-answer.ts';
import { readCompletion } from './read-completion.ts';

export type CallWish = {
  workspaceId: string;
  /** A body of `/v1/chat/completions`; without a model the organization's default is asked. `stream` is set here. */
  body: Readonly<Record<string, unknown>>;
  /** What the ledger says the call was made for. */
  origin: Origin;
  /** UUIDv7 of the call in the ledger, for who must find it again; a new one if left out. */
  callId?: string | undefined;
  /** Ends the call, as a client that hangs up does. */
  signal?: AbortSignal | undefined;
  cache?: CacheDirective;
  /** Given a whole answer before it is settled, so that what is billed is also there after a crash. */
  keepAnswer?: ((completed: Pick<Completed, 'text' | 'body'>) => Promise<void>) | undefined;
};

export type Completed = {
  callId: string;
  /** The answer in OpenAI's shape; undefined for a failure, and for a stream that was handed on. */
  body: Record<string, unknown> | undefined;
  /** The words of the first choice. */
  text: string;
  provider: string | null;
  model: string | null;
  tokens: { input: number; output: number };
  /** Micro-units of `currency`; null when the price is not known. */
  costMicros: number | null;
  currency: string | null;
  latencyMs: number;
  failure: { code: string; status: number; message: string; retryAfterSeconds: number | null } | undefined;
};

/** Makes a whole call for an actor and resolves with its answer or failure; throws a Problem when it may not be made at all. */
export async function completeCall(gateway: Gateway, actor: Actor, wish: CallWish): Promise<Completed> {
  const answer = openMemoryAnswer();
  const carried = await openCarried(gateway, actor, { wish, answer, stream: false });
  const { keepAnswer } = wish;
  if (keepAnswer) carried.keepAnswer = (body) => keepAnswer(readCompletion(body));
  return carry(gateway, carried, { wish, answer });
}

/** Makes a streamed call: `parts` are the bytes of the events as they come; `completed` follows their end, and never rejects. */
export async function streamCall(
  gateway: Gateway,
  actor: Actor,
  wish: CallWish,
): Promise<{ parts: ReadableStream<Uint8Array>; completed: Promise<Completed> }> {
  const { readable, controller, answer } = openStream();
  const carried = await openCarried(gateway, actor, { wish, answer, stream: true });
  const { promise: begun, resolve, reject } = Promise.withResolvers<void>();
  const { begin } = carried;
  carried.begin = () => {
    resolve();
    return begin();
  };
  const completed = carry(gateway, carried, { wish, answer });
  completed.then(
    () => controller.close(),
    (error: unknown) => {
      reject(error);
      controller.error(error);
    },
  );
  await begun;
  return { parts: readable, completed };
}

function openStream() {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const readable = new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given;
      },
      pull: () => answer.resume(),
      cancel: () => answer.leave(),
    },
    { highWaterMark: 64 },
  );
  const answer = openMemoryAnswer((part) => {
    controller.enqueue(part);
    return (controller.desiredSize ?? 0) > 0;
  });
  return { readable, controller, answer };
}

type Opening = { wish: CallWish; answer: MemoryAnswer; stream: boolean };

async function openCarried(gateway: Gateway, actor: Actor, opening: Opening): Promise<Carried> {
  const { wish, answer, stream } = opening;
  const recall = () => gateway.deps.recall(actor, wish.workspaceId);
  const principal = await recall();
  if (!principal) throw problem('forbidden', { permission: 'ai:query' });
  return {
    id: wish.callId ?? newId(),
    principal,
    surface: 'chat.completions',
    response: answer,
    readAsk: (defaultModel) => askOf({ ...wish.body, stream }, defaultModel),
    directive: wish.cache,
    origin: wish.origin,
    begin: () => gateway.watchAccess(principal, recall),
  };
}

function askOf(body: Record<string, unknown>, defaultModel: string | undefined) {
  try {
    return readAsk(Buffer.from(JSON.stringify(body)), defaultModel);
  } catch (error) {
    if (error instanceof AskError) throw problem('invalid_request', { detail: error.failure.message });
    throw error;
  }
}

async function carry(
  gateway: Gateway,
  carried: Carried,
  { wish, answer }: { wish: CallWish; answer: MemoryAnswer },
): Promise<Completed> {
  const startedAt = performance.now();
  const leave = () => answer.leave();
  wish.signal?.addEventListener('abort', leave);
  if (wish.signal?.aborted) leave();
  try {
    const { entry, failure } = await carryCall(gateway, carried);
    const latencyMs = Math.round(performance.now() - startedAt);
    const facts = { callId: carried.id, latencyMs, ...factsOf(entry) };
    if (failure) return { ...facts, body: undefined, text: '', failure: sayFailure(failure, answer) };
    if (answer.destroyed) return { ...facts, body: undefined, text: '', failure: GONE };
    return { ...facts, ...readCompletion(answer.body()), failure: undefined };
  } finally {
    wish.signal?.removeEventListener('abort', leave);
  }
}

const GONE = {
  code: 'client_closed',
  status: 499,
  message: 'The call was given up.',
  retryAfterSeconds: null,
};

function sayFailure(
  failure: { code: string; status: number; message: string; body?: Buffer },
  answer: MemoryAnswer,
): NonNullable<Completed['failure']> {
  const { code, status } = failure;
  const said = failure.body ? messageIn(failure.body) : undefined;
  const retryAfter = Number(answer.header('retry-after'));
  return {
    code,
    status,
    message: (said ?? failure.message).slice(0, 2_000),
    retryAfterSeconds: Number.isInteger(retryAfter) && retryAfter > 0 ? retryAfter : null,
  };
}

/** The provider's own words. */
function messageIn(body: Buffer): string | undefined {
  const { error } = readCompletion(body).body as { error?: { message?: unknown } };
  return typeof error?.message === 'string' ? error.message : undefined;
}

function factsOf(entry: Entry | undefined) {
  const sum = (...counts: (number | null | undefined)[]) =>
    counts.reduce<number>((total, count) => total + (count ?? 0), 0);
  return {
    provider: entry?.provider ?? null,
    model: entry?.upstream_model ?? null,
    tokens: {
      input: sum(entry?.input_tokens, entry?.cached_input_tokens),
      output: sum(entry?.output_tokens, entry?.reasoning_tokens),
    },
    costMicros: entry ? entry.cost_micros : 0,
    currency: entry?.currency ?? null,
  };
}
