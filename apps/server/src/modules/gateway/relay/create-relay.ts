// A metered call, byte for byte: intent, provider, settlement, and only then the end of the answer. Exactly one settlement
// for each attempt that has an intent, however the call ends.
import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Log } from '../../../platform/log.ts';
import { type Entry, type Ledger, type Prices, timeOfId } from '../ledger/index.ts';
import { type BookedCall, bookIntent, bookSettlement } from './book-intent.ts';
import { type Ending, type Exchanged, type ExchangeRequest, exchangeBytes } from './exchange-bytes.ts';
import { type Failure, failureOf } from './failure-of.ts';
import { judgeExchange, NEVER_SENT, type Verdict } from './judge-exchange.ts';
import { type PreparedRequest, prepareRequest } from './prepare-request.ts';
import type { Ask } from './read-ask.ts';
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

export type RelayDeps = {
  dispatcherFor(origin: string): Dispatcher;
  ledger: Pick<Ledger, 'intend' | 'settle'>;
  prices: Prices;
  replicaId: string;
  log: Pick<Log, 'warn' | 'error'>;
  limits: RelayLimits;
};

/** What is said of a call besides its body. */
export type Call = BookedCall & {
  /** Fields of the workspace, used where the caller left them out. */
  defaults?: Readonly<Record<string, unknown>>;
  /** Ends the call from our side (access revoked); an open stream is told so. */
  signal?: AbortSignal;
  /** Asked before a failure is told to a caller who has nothing yet: true keeps it back, for another attempt. */
  holdsFailure?(failure: Failure): boolean;
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
  relayCall(call: Call, ask: Ask, response: ServerResponse): Promise<Outcome>;
};

/** The relay of OpenAI's wire format. */
export function createRelay(deps: RelayDeps): Relay {
  async function relayCall(call: Call, ask: Ask, response: ServerResponse): Promise<Outcome> {
    const startedAt = performance.now();
    try {
      const { provider, model } = call.target.priced_as;
      const price = deps.prices.find(provider, model, timeOfId(call.id), call.caller.organization_id);
      const prepared = prepareRequest(ask, preparationOf(call));
      const intent = bookIntent(call, ask, { replicaId: deps.replicaId, worst: prepared.worst, price });
      await deps.ledger.intend(intent);
      const exchanged = response.destroyed
        ? undefined
        : await exchangeBytes(requestOf(deps, { call, ask, prepared }), response);
      const verdict = exchanged ? judgeExchange(exchanged, prepared.body.length) : NEVER_SENT;
      const latencyMs = Math.round(performance.now() - startedAt);
      const facts = { verdict, price, latencyMs, firstByteMs: exchanged?.firstByteMs };
      const entry = bookSettlement(intent, facts);
      await deps.ledger.settle(entry);
      logFailure(deps, call, exchanged);
      const isAnswered = answer(call, response, { verdict, ending: exchanged?.ending });
      return { isAnswered, failure: verdict.failure, entry };
    } catch (error) {
      // Without its record a call is not completed: nobody has the end of an answer that was not billed.
      deps.log.error({ request_id: call.id, err: error }, 'a call could not be recorded');
      const failure = failureOf('ledger_unavailable');
      writeFailure(response, call.id, { failure });
      return { isAnswered: true, failure, entry: undefined };
    }
  }
  return { relayCall };
}

function preparationOf(call: Call) {
  return {
    upstreamModel: call.target.upstream_model,
    askUsage: call.target.streams_usage ?? true,
    hasOutput: call.surface !== 'embeddings',
    ...(call.defaults ? { defaults: call.defaults } : {}),
  };
}

function requestOf(
  { dispatcherFor, limits }: RelayDeps,
  { call, ask, prepared }: { call: Call; ask: Ask; prepared: PreparedRequest },
): ExchangeRequest {
  const { origin, path, headers } = call.target;
  return {
    ...prepared,
    dispatcherFor,
    origin,
    path,
    headers: {
      ...headers,
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      'x-client-request-id': call.id, // so that a provider's record can be matched with the ledger
    },
    id: call.id,
    stream: ask.stream,
    signal: call.signal,
    ...limits,
    firstByteMs: ask.stream ? limits.firstByteMs : 0, // a whole answer begins when it is finished
  };
}

/** Writes the end of the answer; false when the failure is held back instead. */
function answer(
  call: Call,
  response: ServerResponse,
  { verdict, ending }: { verdict: Verdict; ending: Ending | undefined },
): boolean {
  const { failure, isTold, status } = verdict;
  if (failure) {
    if (!response.headersSent && !response.destroyed && call.holdsFailure?.(failure)) return false;
    writeFailure(response, call.id, { failure, isTold });
  } else if (ending?.kind === 'whole') writeAnswer(response, call.id, { status, body: ending.body });
  else if (ending?.kind === 'stream') writeEnd(response, call.id, ending.tail);
  return true;
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
