// A metered call, byte for byte or translated: intent, provider, settlement, and only then the end of the answer. Exactly one settlement
// for each attempt that has an intent, however the call ends.

import type { LanguageModelV4 } from '@ai-sdk/provider';
import type { Dispatcher } from 'undici';
import type { Log } from '../../../platform/log.ts';
import { failureOfBudget } from '../budgets/failure-of-budget.ts';
import {
  BudgetRefused,
  type Entry,
  type Ledger,
  type Prices,
  type TokenCounts,
  timeOfId,
} from '../ledger/index.ts';
import { openTranslation, type TranslationDeps } from '../translation/index.ts';
import { type Wire, wires } from '../wires/index.ts';
import { type BookedCall, bookIntent, bookSettlement } from './book-intent.ts';
import { type Ending, type Exchanged, type ExchangeRequest, exchangeBytes } from './exchange-bytes.ts';
import { type Failure, failureOf } from './failure-of.ts';
import { judgeExchange, NEVER_SENT, type Verdict } from './judge-exchange.ts';
import { type PreparedRequest, prepareRequest } from './prepare-request.ts';
import { type Ask, AskError } from './read-ask.ts';
import type { Answering } from './write-answer.ts';
import { writeAnswer, writeEnd, writeFailure } from './write-answer.ts';

export type RelayLimits = {
  /** The longest call; shorter than the ledger's `longestCallMs`, or a sweep would settle it first. */
  maxCallMs: number;
  /** How long a stream may take to its first byte, waiting for a connection included. */
  firstByteMs: number;
  /** The longest silence inside an answer. */
  idleMs: number;
  maxResponseBytes: number;
};

export type RelayDeps = TranslationDeps & {
  dispatcherFor(origin: string): Dispatcher;
  ledger: Pick<Ledger, 'intend' | 'settle'>;
  prices: Prices;
  replicaId: string;
  log: Pick<Log, 'warn' | 'error'>;
};

/** What is said of a call besides its body. */
export type Call = BookedCall & {
  /** Fields of the workspace, used where the caller left them out. */
  defaults?: Readonly<Record<string, unknown>>;
  /** Ends the call from our side (access revoked); an open stream is told so. */
  signal?: AbortSignal;
  /** Puts something between the canonical call and its model: a cache, a guardrail. A call that has it is translated. */
  wrapModel?(model: LanguageModelV4): LanguageModelV4;
  /** What answers instead of a provider, for a target that is built in. */
  openBuiltIn?(): LanguageModelV4;
  /** Where the answer came from, if it was the cache and not the model. */
  answeredBy?(): Entry['cache'];
  /** Asked before a failure is told to a caller who has nothing yet: true keeps it back, for another attempt. */
  holdsFailure?(failure: Failure): boolean;
  /** Given a whole answer before it is settled: what must not be lost is written down here. What it throws is logged, no more. */
  keepAnswer?(body: Buffer): Promise<void>;
  /** Told of the settlement, when it is committed and before the answer ends: the last moment for a header. */
  onSettled?(entry: Entry): void;
  /** Tighter than the relay's own: how long until the first byte, also of an answer that is whole. */
  firstByteMs?: number | undefined;
  /** Tighter than the relay's own: how long in all. */
  maxCallMs?: number | undefined;
};

/** How an attempt ended. */
export type Outcome = {
  /** False: the failure was held back and the response is untouched. */
  isAnswered: boolean;
  failure: Failure | undefined;
  /** The settlement; undefined when the call could not be recorded. */
  entry: Entry | undefined;
};

export type Relay = {
  /** Makes one attempt at a call and answers it on `response`. Never rejects. */
  relayCall(call: Call, ask: Ask, response: Answering): Promise<Outcome>;
};

/** How one attempt is made: what it may use at worst, the size of its body, and the exchange itself. */
export type Way = {
  worst: TokenCounts;
  bodyBytes: number;
  exchange(response: Answering): Promise<Exchanged>;
};

/** The relay of every surface. */
export function createRelay(deps: RelayDeps): Relay {
  async function relayCall(call: Call, ask: Ask, response: Answering): Promise<Outcome> {
    const startedAt = performance.now();
    const wire = wires[call.surface];
    try {
      const opened = openWay(deps, call, { ask, wire });
      const way = opened instanceof Promise ? await opened : opened;
      const { provider, model } = call.target.priced_as;
      const price = deps.prices.find(provider, model, timeOfId(call.id), call.caller.organization_id);
      const intent = bookIntent(call, ask, { replicaId: deps.replicaId, worst: way.worst, price });
      await deps.ledger.intend(intent);
      const exchanged = response.destroyed ? undefined : await way.exchange(response);
      const verdict = exchanged ? judgeExchange(exchanged, wire, way.bodyBytes) : NEVER_SENT;
      const latencyMs = Math.round(performance.now() - startedAt);
      const facts = { verdict, price, latencyMs, firstByteMs: exchanged?.firstByteMs };
      const entry = bookSettlement(intent, { ...facts, cache: call.answeredBy?.() });
      if (call.keepAnswer && !verdict.failure) await keepAnswer(deps, call, exchanged);
      await deps.ledger.settle(entry);
      logFailure(deps, call, exchanged);
      call.onSettled?.(entry);
      const isAnswered = answer(call, response, { wire, verdict, ending: exchanged?.ending });
      return { isAnswered, failure: verdict.failure, entry };
    } catch (error) {
      if (error instanceof AskError) return refuse(call, response, { wire, failure: error.failure });
      if (error instanceof BudgetRefused) return refuseBudget(call, response, { wire, refused: error });
      // Without its record a call is not completed: nobody has the end of an answer that was not billed.
      deps.log.error({ request_id: call.id, err: error }, 'a call could not be recorded');
      const failure = failureOf('ledger_unavailable');
      writeFailure(response, call.id, { wire, failure });
      return { isAnswered: true, failure, entry: undefined };
    }
  }
  return { relayCall };
}

function openWay(deps: RelayDeps, call: Call, about: { ask: Ask; wire: Wire }): Way | Promise<Way> {
  const { ask, wire } = about;
  const refused = wire.refuse?.(ask.json);
  if (refused !== undefined)
    throw new AskError(
      failureOf('field_not_relayed', { message: `"${refused}" is not served here. Leave it out.` }),
    );
  if (call.target.is_translated || call.wrapModel) return openTranslation(deps, call, about);
  const prepared = prepareRequest(ask, preparationOf(call, wire));
  return {
    worst: prepared.worst,
    bodyBytes: prepared.body.length,
    exchange: (response) => exchangeBytes(requestOf(deps, { call, ask, prepared, wire }), response),
  };
}

/** Tells, before anything is recorded, what is in the way of a call; another target may take it. */
function refuse(call: Call, response: Answering, told: { wire: Wire; failure: Failure }): Outcome {
  const { failure } = told;
  const isHeld = !response.headersSent && !response.destroyed && call.holdsFailure?.(failure) === true;
  if (!isHeld) writeFailure(response, call.id, told);
  return { isAnswered: !isHeld, failure, entry: undefined };
}

/** No budget has room for the call: it was not made, and nothing is to settle. */
function refuseBudget(
  call: Call,
  response: Answering,
  told: { wire: Wire; refused: BudgetRefused },
): Outcome {
  const failure = failureOfBudget(told.refused, call.budgets ?? [], timeOfId(call.id));
  writeFailure(response, call.id, { wire: told.wire, failure });
  return { isAnswered: true, failure, entry: undefined };
}

function preparationOf(call: Call, { asksUsage, hasOutput, limits }: Wire) {
  return {
    upstreamModel: call.target.upstream_model,
    askUsage: asksUsage && (call.target.streams_usage ?? true),
    hasOutput,
    limits,
    ...(call.defaults ? { defaults: call.defaults } : {}),
  };
}

function requestOf(
  { dispatcherFor, limits }: RelayDeps,
  { call, ask, prepared, wire }: { call: Call; ask: Ask; prepared: PreparedRequest; wire: Wire },
): ExchangeRequest {
  const { origin, path, headers } = call.target;
  return {
    ...prepared,
    dispatcherFor,
    origin,
    path,
    wire,
    headers: {
      ...ask.headers,
      ...headers,
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      'x-client-request-id': call.id, // so that a provider's record can be matched with the ledger
    },
    id: call.id,
    stream: ask.stream,
    signal: call.signal,
    ...limits,
    maxCallMs: Math.min(limits.maxCallMs, call.maxCallMs ?? limits.maxCallMs),
    firstByteMs: call.firstByteMs ?? (ask.stream ? limits.firstByteMs : 0), // a whole answer begins when it is finished
  };
}

/** Writes the end of the answer; false when the failure is held back instead. */
function answer(
  call: Call,
  response: Answering,
  { wire, verdict, ending }: { wire: Wire; verdict: Verdict; ending: Ending | undefined },
): boolean {
  const { failure, isTold, status } = verdict;
  if (failure) {
    if (!response.headersSent && !response.destroyed && call.holdsFailure?.(failure)) return false;
    writeFailure(response, call.id, { wire, failure, isTold });
  } else if (ending?.kind === 'whole') writeAnswer(response, call.id, { status, body: ending.body });
  else if (ending?.kind === 'stream') writeEnd(response, call.id, ending.tail);
  return true;
}

async function keepAnswer({ log }: RelayDeps, call: Call, exchanged: Exchanged | undefined): Promise<void> {
  if (exchanged?.ending.kind !== 'whole') return;
  await call.keepAnswer?.(exchanged.ending.body).catch((error: Error) => {
    log.error({ request_id: call.id, err: error }, 'an answer could not be kept before its settlement');
  });
}

function logFailure({ log }: RelayDeps, call: Call, exchanged: Exchanged | undefined): void {
  const ending = exchanged?.ending;
  if (ending?.kind !== 'failure' || !ending.cause) return;
  const { origin, provider } = call.target;
  log.warn(
    { request_id: call.id, provider, origin, code: ending.failure.code, cause: ending.cause.message },
    'a provider failed',
  );
}
