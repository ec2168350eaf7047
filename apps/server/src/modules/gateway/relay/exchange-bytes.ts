// The exchange with the provider: a stream is passed on as it comes, at the pace of the slower side; anything else is
// gathered, bounded. It resolves once, never rejects, and never sends the end: that waits for the settlement.

import { isObject, parseObject, type Seen, watchEvents } from '../usage/index.ts';
import type { Wire } from '../wires/index.ts';
import {
  dispatchUpstream,
  type Upstream,
  type UpstreamHeaders,
  type UpstreamListener,
  type UpstreamRequest,
} from './dispatch-upstream.ts';
import { type Failure, failureOf } from './failure-of.ts';
import { gatherChunks } from './gather-chunks.ts';
import type { Answering } from './write-answer.ts';
import { writePart } from './write-answer.ts';

export type ExchangeRequest = UpstreamRequest & {
  id: string;
  wire: Wire;
  stream: boolean;
  hideUsage: boolean;
  maxResponseBytes: number;
  /** Ends the call from our side. */
  signal?: AbortSignal | undefined;
};

/** How an exchange ended: with a whole answer; with the end of a stream, held back; with a failure, perhaps told to the caller by the provider's own event; or without a caller. */
export type Ending =
  | { kind: 'whole'; status: number; headers: UpstreamHeaders; body: Buffer }
  | { kind: 'stream'; tail: Buffer }
  | { kind: 'failure'; failure: Failure; cause?: Error; isTold?: boolean }
  | { kind: 'gone' };

/** `seen` is what passed of a stream; `firstByteMs` is undefined when nothing came. */
export type Exchanged = { ending: Ending; firstByteMs: number | undefined; seen: Seen | undefined };

/** Sends the request and passes a stream on to `response`. */
export function exchangeBytes(request: ExchangeRequest, response: Answering): Promise<Exchanged> {
  const startedAt = performance.now();
  const { promise, resolve } = Promise.withResolvers<Exchanged>();
  let over = false;
  let firstByteMs: number | undefined;
  let answer: Answer | undefined;
  let upstream: Upstream | undefined;

  function finish(ending: Ending): void {
    if (over) return;
    over = true; // first of all: an abort below may call back at once
    response.off('close', onGone);
    response.off('drain', onDrain);
    request.signal?.removeEventListener('abort', onSignal);
    if (ending.kind === 'failure' || ending.kind === 'gone') upstream?.abort();
    resolve({ ending, firstByteMs, seen: answer?.seen });
  }
  const onGone = () => finish({ kind: 'gone' });
  const onDrain = () => upstream?.resume();
  const onSignal = () => finish(failed('access_ended'));

  response.once('close', onGone);
  response.on('drain', onDrain);
  request.signal?.addEventListener('abort', onSignal);
  if (response.destroyed) onGone();
  else if (request.signal?.aborted) onSignal();
  if (over) return promise;

  const listener: UpstreamListener = {
    onHead(status, headers) {
      if (over) return;
      firstByteMs = Math.round(performance.now() - startedAt);
      const opened = openAnswer(request, response, { status, headers });
      if ('kind' in opened) finish(opened);
      else answer = opened;
    },
    onChunk(chunk) {
      if (over || !answer) return;
      const ending = answer.take(chunk);
      if (ending) finish(ending);
      else if (response.writableNeedDrain) upstream?.pause();
    },
    onEnd() {
      if (!over) finish(answer ? answer.end() : failed('provider_cut'));
    },
    onFailure: (failure, cause) => finish({ kind: 'failure', failure, cause }),
  };
  upstream = dispatchUpstream(request, request.stream ? gatherChunks(listener) : listener);
  return promise;
}

type Answer = { take(chunk: Buffer): Ending | undefined; end(): Ending; seen?: Seen };
type Head = { status: number; headers: UpstreamHeaders };

function openAnswer(request: ExchangeRequest, response: Answering, head: Head): Answer | Ending {
  const isStream = head.status < 300 && String(head.headers['content-type']).startsWith('text/event-stream');
  const encoding = head.headers['content-encoding'] ?? 'identity';
  if (isStream && encoding !== 'identity') return failed('provider_answer_invalid'); // compressed, though we did not ask
  if (!isStream) return gatherWhole(request, head);
  return request.stream ? passStream(request, response) : failed('provider_answer_invalid');
}

function gatherWhole(request: ExchangeRequest, head: Head): Answer {
  const parts: Buffer[] = [];
  let size = 0;
  return {
    take(chunk) {
      size += chunk.length;
      if (size > request.maxResponseBytes) return failed('provider_answer_too_large');
      parts.push(chunk);
      return undefined;
    },
    end: () => ({ kind: 'whole', ...head, body: parts.length === 1 ? parts[0]! : Buffer.concat(parts) }),
  };
}

function passStream(request: ExchangeRequest, response: Answering): Answer {
  const { wire, hideUsage } = request;
  const watch = watchEvents({ hideUsage, marks: wire.marks });
  const { seen } = watch;
  let size = 0;

  /** Passes bytes on; an ending when the stream is over with them. */
  function pass(bytes: Buffer | undefined): Ending | undefined {
    // An error before anything was sent is not the caller's stream yet: it can still be answered, or tried elsewhere.
    if (seen.error && !response.headersSent)
      return { kind: 'failure', failure: toldFailure(wire, seen.error) };
    if (seen.isGarbled) return failed('provider_answer_invalid');
    if (bytes) writePart(response, request.id, bytes);
    return seen.tail && !seen.error ? { kind: 'stream', tail: seen.tail } : undefined;
  }

  return {
    seen,
    take(chunk) {
      size += chunk.length;
      if (size > request.maxResponseBytes) return failed('provider_answer_too_large');
      return pass(watch.push(chunk));
    },
    end() {
      const ending = pass(watch.end());
      if (ending) return ending;
      if (seen.error) return { kind: 'failure', failure: toldFailure(wire, seen.error), isTold: true };
      return seen.finished ? { kind: 'stream', tail: Buffer.alloc(0) } : failed('provider_cut');
    },
  };
}

/** The provider's own error event, as a failure; its status if it has one, and its words. */
function toldFailure(wire: Wire, { said, bytes }: NonNullable<Seen['error']>): Failure {
  const told = wire.statusOf(said);
  const status = told === undefined ? {} : { status: told };
  const json = isObject(said) ? parseObject(bytes) : undefined;
  if (isObject(json?.error)) return failureOf('provider_error', { ...status, body: Buffer.from(bytes) });
  const message = isObject(said) && typeof said.message === 'string' ? { message: said.message } : {};
  return failureOf('provider_error', { ...status, ...message });
}

/** The ending of an exchange that failed in one of our own ways. */
export function failed(code: Parameters<typeof failureOf>[0]): Ending {
  return { kind: 'failure', failure: failureOf(code) };
}
