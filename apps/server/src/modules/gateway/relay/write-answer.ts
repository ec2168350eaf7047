// How an answer is written to the caller. All but the beginning of a stream is sent after the settlement.

import type { OutgoingHttpHeaders } from 'node:http';
import type { Wire } from '../wires/index.ts';
import type { Failure } from './failure-of.ts';

/** As much of Node's `ServerResponse` as a call needs; a closed one is told by `close`, room by `drain`. */
export type Answering = {
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  readonly writableNeedDrain: boolean;
  setHeader(name: string, value: string | number): unknown;
  removeHeader(name: string): void;
  writeHead(status: number, headers: OutgoingHttpHeaders): unknown;
  addTrailers(trailers: Record<string, string>): void;
  write(chunk: Buffer): boolean;
  end(chunk?: Buffer): unknown;
  destroy(): unknown;
  on(event: 'close' | 'drain', listener: () => void): unknown;
  once(event: 'close' | 'drain', listener: () => void): unknown;
  off(event: 'close' | 'drain', listener: () => void): unknown;
};

/** Passes a part of a stream on, with its head before the first one. */
export function writePart(response: Answering, id: string, bytes: Buffer): void {
  beginStream(response, id);
  response.write(bytes);
}

/** Sends what was held back of a stream. */
export function writeEnd(response: Answering, id: string, tail: Buffer): void {
  if (response.destroyed) return;
  beginStream(response, id);
  response.end(tail);
}

/** Sends a whole answer. */
export function writeAnswer(response: Answering, id: string, answer: { status: number; body: Buffer }): void {
  if (response.destroyed) return;
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    'content-length': answer.body.length,
    'x-request-id': id,
  });
  response.end(answer.body);
}

/** Tells a failure: as an answer, or as the last event of a stream that has begun, unless the provider told it (`isTold`). */
export function writeFailure(
  response: Answering,
  id: string,
  told: { wire: Wire; failure: Failure; isTold?: boolean | undefined },
): void {
  const { wire, failure } = told;
  if (response.destroyed) return;
  if (!response.headersSent) {
    if (failure.retryAfter !== undefined) response.setHeader('retry-after', failure.retryAfter);
    if (failure.isFinal) response.setHeader('x-should-retry', 'false');
    writeAnswer(response, id, { status: failure.status, body: wire.encodeFailure(failure) });
    return;
  }
  // A caller that has not read what it was sent would not read this either, and would keep its socket for ever.
  if (response.writableNeedDrain) response.destroy();
  else response.end(told.isTold ? undefined : wire.encodeFailureEvent(failure));
}

function beginStream(response: Answering, id: string): void {
  if (response.headersSent) return;
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform', // proxies must neither keep a stream nor gather it
    'x-accel-buffering': 'no',
    'x-request-id': id,
  });
}
