// The last bytes of an answer, written after its settlement.
import type { ServerResponse } from 'node:http';
import { type Failure, writeFailure } from './failures.ts';

/** Sends a whole answer. */
export function sendWhole(response: ServerResponse, id: string, answer: { status: number; body: Buffer }): void {
  if (response.destroyed) return;
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    'content-length': answer.body.length,
    'x-request-id': id,
  });
  response.end(answer.body);
}

/** Sends what was held back of a stream. */
export function endStream(response: ServerResponse, tail: Buffer): void {
  if (!response.destroyed) response.end(tail);
}

/** Tells a failure: as an answer, or as the last event of a stream that has begun, unless the provider told it (`isTold`). */
export function sendFailure(response: ServerResponse, id: string, told: { failure: Failure; isTold?: boolean }): void {
  const { failure } = told;
  if (response.destroyed) return;
  if (!response.headersSent) {
    if (failure.retryAfter !== undefined) response.setHeader('retry-after', failure.retryAfter);
    return sendWhole(response, id, { status: failure.status, body: writeFailure(failure) });
  }
  // A caller that has not read what it was sent would not read this either, and would keep its socket for ever.
  if (response.writableNeedDrain) response.destroy();
  else response.end(told.isTold ? undefined : Buffer.concat([EVENT, writeFailure(failure), EVENT_END]));
}

const EVENT = Buffer.from('data: ');
const EVENT_END = Buffer.from('\n\n');
