// What several faults have in common: errors, half answers, drips, redirects, foreign bodies.
import type { FaultMode } from './fault-modes.ts';
import { chunked, type Exchange, errorHead, headOf, wholeHead, wholeOf } from './open-exchange.ts';

type Act = NonNullable<FaultMode['act']>;

/** An error in the provider's own shape. */
export function refuse(status: number, headers: string[] = []): Act {
  return (exchange) => {
    const body = JSON.stringify(exchange.wire.error(status, 'The provider says no.').json);
    exchange.send(errorHead(status, body, ['content-type: application/json', ...headers]), body);
    exchange.done();
  };
}

/** The beginning of a right answer: its head, and about half of its body. */
export function sendHalf(exchange: Exchange): void {
  const whole = wholeOf(exchange);
  const pieces = exchange.pieces();
  if (exchange.isStream) exchange.send(headOf(exchange), ...pieces.slice(0, pieces.length >> 1).map(chunked));
  else exchange.send(wholeHead(whole), whole.subarray(0, whole.length >> 1));
}

/** The whole right answer. */
export function sendRight(exchange: Exchange): void {
  exchange.answer();
  exchange.done();
}

/** Bytes of a right answer, written in pieces with pauses. */
export async function drip(
  exchange: Exchange,
  bytes: Buffer,
  { step, pauseMs }: { step: number; pauseMs: number },
): Promise<void> {
  for (let at = 0; at < bytes.length && !exchange.socket.destroyed; at += step) {
    exchange.send(bytes.subarray(at, at + step));
    await exchange.wait(pauseMs);
  }
}

/** All bytes of the right answer, head included. */
export function rightBytes(exchange: Exchange): Buffer {
  if (!exchange.isStream) return Buffer.concat([wholeHead(wholeOf(exchange)), wholeOf(exchange)]);
  return Buffer.concat([headOf(exchange), ...exchange.pieces().map(chunked), Buffer.from('0\r\n\r\n')]);
}

/** Sends a body with status 200; `lines` are its headers besides the length, the type among them. */
export function sendBody(exchange: Exchange, body: Buffer, lines: readonly string[]): void {
  const all = [`content-length: ${body.length}`, ...lines];
  exchange.send(`HTTP/1.1 200 OK\r\n${all.join('\r\n')}\r\n\r\n`, body);
  exchange.done();
}

/** Leads elsewhere: to the address that `to` makes of the request. */
export function redirect(to: (exchange: Exchange) => string): Act {
  return (exchange) => {
    exchange.send(
      `HTTP/1.1 307 Temporary Redirect\r\nlocation: ${to(exchange)}\r\ncontent-length: 0\r\n\r\n`,
    );
    exchange.done();
  };
}

/** The event by which the provider tells of an error in its stream. */
export function errorEvent({ wire }: Exchange): Buffer {
  return (
    wire.errorEvent?.bytes ?? Buffer.from(`data: ${JSON.stringify(wire.error(500, 'It broke.').json)}\n\n`)
  );
}

/** Cuts bytes so that every one beyond ASCII stands alone. */
export function splitAtLetters(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at]! < 0x80) continue;
    if (at > from) parts.push(bytes.subarray(from, at));
    parts.push(bytes.subarray(at, at + 1));
    from = at + 1;
  }
  return [...parts, bytes.subarray(from)].filter((part) => part.length > 0);
}
