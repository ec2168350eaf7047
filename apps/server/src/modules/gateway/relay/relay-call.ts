// A metered call, byte for byte: intent, provider, settlement, and only then the end of the answer. Exactly one settlement
// for each attempt that has an intent, however the call ends.
import type { ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Log } from '../../../platform/log.ts';
import { type Entry, type Ledger, type Prices, timeOfId } from '../ledger/index.ts';
import { type CallMeaning, intentOf, type Settlement, settlementOf } from './book-call.ts';
import { type Exchanged, exchange } from './exchange.ts';
import { type Failure, failureOf } from './failures.ts';
import { type Judged, judgeAnswer } from './judge-answer.ts';
import { type PreparedRequest, prepareRequest } from './prepare-request.ts';
import type { Ask } from './read-ask.ts';
import { countTokens } from './count-tokens.ts';
import { endStream, sendFailure, sendWhole } from './write-answer.ts';

export type RelayLimits = {
  /** The longest call; shorter than the ledger's `longestCallMs`, or a sweep would settle it first. */
  maxCallMs: number;
  /** How long a stream may take to its first byte (connecting and waiting for a connection included). */
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
export type Call = CallMeaning & {
  /** Fields of the workspace, used where the caller left them out. */
  defaults?: Readonly<Record<string, unknown>>;
  /** Ends the call from our side (access revoked); an open stream is told so. */
  signal?: AbortSignal;
  /** Asked before a failure is told to a caller who has nothing yet: true keeps it back, for another attempt. */
  holdsFailure?(failure: Failure): boolean;
};

/** How an attempt ended. Not `isAnswered`: the failure was held back, and the response is still untouched. */
export type Outcome = {
  isAnswered: boolean;
  failure: Failure | undefined;
  /** The settlement; undefined when the call was refused because no intent could be written. */
  entry: Entry | undefined;
};

export type Relay = { relayCall(call: Call, ask: Ask, response: ServerResponse): Promise<Outcome> };

/** The relay of OpenAI's wire format. `relayCall` never rejects. */
export function createRelay(deps: RelayDeps): Relay {
  const { ledger, limits, log, replicaId } = deps;

  async function relayCall(call: Call, ask: Ask, response: ServerResponse): Promise<Outcome> {
    const startedAt = performance.now();
    const { target } = call;
    const price = deps.prices.find(target.priced_as.provider, target.priced_as.model, timeOfId(call.id));
    const prepared = prepareRequest(ask, {
      upstreamModel: target.upstream_model,
      askUsage: target.streams_usage ?? true,
      hasOutput: call.surface !== 'embeddings',
      ...(call.defaults ? { defaults: call.defaults } : {}),
    });
    const intent = intentOf(call, ask, { replicaId, worst: prepared.worst, price });
    try {
      await ledger.intend(intent);
    } catch (error) {
      return unrecorded(call, response, error);
    }
    const exchanged = await exchange(upstreamRequest(call, ask, prepared), response);
    const settlement = settle(exchanged, prepared.body.length);
    const latencyMs = Math.round(performance.now() - startedAt);
    const entry = settlementOf(intent, { ...settlement, price, latencyMs, firstByteMs: exchanged.firstByteMs });
    try {
      await ledger.settle(entry);
    } catch (error) {
      return unrecorded(call, response, error);
    }
    return { ...answer(call, response, exchanged, settlement), entry };
  }

  function upstreamRequest(call: Call, ask: Ask, { body, hideUsage }: PreparedRequest) {
    const { origin, path, headers } = call.target;
    return {
      dispatcher: deps.dispatcherFor(origin),
      origin,
      path,
      headers: { ...headers, 'content-type': 'application/json', 'accept-encoding': 'identity' },
      body,
      hideUsage,
      id: call.id,
      stream: ask.stream,
      signal: call.signal,
      idleMs: limits.idleMs,
      maxCallMs: limits.maxCallMs,
      firstByteMs: ask.stream ? limits.firstByteMs : 0,
      maxResponseBytes: limits.maxResponseBytes,
    };
  }

  /** Without its record a call is not completed: nobody gets an end that was not billed. */
  function unrecorded(call: Call, response: ServerResponse, error: unknown): Outcome {
    log.error({ request_id: call.id, err: error }, 'a call could not be recorded');
    const failure = failureOf('ledger_unavailable');
    sendFailure(response, call.id, { failure });
    return { isAnswered: true, failure, entry: undefined };
  }

  return { relayCall };
}
