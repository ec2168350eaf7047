// The ways in which a provider fails, as bytes on a socket: what each does with one request, and how the call may end.
import { drip, refuse, rightBytes, sendHalf, sendRight } from './acts.ts';
import { garbageModes, HTML } from './garbage-modes.ts';
import { chunked, type Exchange, errorHead, headOf, wholeOf } from './open-exchange.ts';

/**
 * How far the failure lets a call come: `before` the first byte of an answer, so that another provider can take it; `within` a
 * stream that has begun (a whole answer can still be had elsewhere, and a stream is there once the circuit is open); `late`, so that no time or no right to ask elsewhere is
 * left;
 * `none`, when the answer is right in spite of it. `either`: a valid ending of both kinds.
 */
export type Reach = 'before' | 'within' | 'late' | 'none' | 'either';

export type FaultMode = {
  name: string;
  reach: Reach;
  /** Where calls go; absent: to the hostile provider. */
  place?: 'closed' | 'unresolvable' | 'blackhole' | 'without_tls';
  /** Calls of this mode are heavy: fewer are made. */
  isHeavy?: boolean;
  /** Answers the request; absent for places where nobody does. */
  act?(exchange: Exchange): void | Promise<void>;
  /** Answers before the body of the request was read. */
  isEarly?: boolean;
};

const statuses: FaultMode[] = [
  { name: '429', reach: 'before', act: refuse(429, ['retry-after: 7']) },
  { name: '500', reach: 'before', act: refuse(500) },
  { name: '503', reach: 'before', act: refuse(503) },
  { name: '401', reach: 'before', act: refuse(401) },
  { name: '403', reach: 'before', act: refuse(403) },
  { name: '404', reach: 'before', act: refuse(404) },
  {
    name: '502, an error page',
    reach: 'before',
    act(exchange) {
      exchange.send(errorHead(502, HTML.toString(), ['content-type: text/html']), HTML);
      exchange.done();
    },
  },
];

const connections: FaultMode[] = [
  { name: 'connection refused', reach: 'before', place: 'closed' },
  { name: 'unresolvable host', reach: 'before', place: 'unresolvable' },
  { name: 'connect stall', reach: 'before', place: 'blackhole' },
  { name: 'no TLS where it is asked', reach: 'before', place: 'without_tls' },
  { name: 'closed at once', reach: 'before', act: ({ socket }) => void socket.end() },
  { name: 'reset at once', reach: 'before', act: ({ socket }) => void socket.resetAndDestroy() },
  {
    name: 'kept socket closed on use',
    reach: 'either',
    act(exchange) {
      // The first request on a socket is answered, the next one finds it closing.
      if (exchange.turn > 1) exchange.socket.destroy();
      else sendRight(exchange);
    },
  },
];

const silences: FaultMode[] = [
  { name: 'first-byte stall', reach: 'before', act: () => {} },
  { name: 'head without body', reach: 'before', act: (exchange) => exchange.send(headOf(exchange)) },
  { name: 'stall in the middle', reach: 'late', act: sendHalf },
  {
    name: 'slow drip',
    reach: 'none',
    async act(exchange) {
      const bytes = rightBytes(exchange);
      await drip(exchange, bytes, { step: Math.ceil(bytes.length / 40), pauseMs: 10 });
      exchange.done();
    },
  },
  {
    name: 'endless drip',
    reach: 'late',
    async act(exchange) {
      exchange.send(headOf(exchange));
      const blank = chunked(Buffer.from(exchange.isStream ? ': still here\n\n' : ' '));
      while (!exchange.socket.destroyed) {
        exchange.send(blank);
        await exchange.wait(25);
      }
    },
  },
];

const cuts: FaultMode[] = [
  {
    name: 'cut in the middle',
    reach: 'within',
    async act(exchange) {
      sendHalf(exchange);
      await exchange.wait(20);
      exchange.socket.end();
    },
  },
  {
    name: 'reset in the middle',
    reach: 'within',
    async act(exchange) {
      sendHalf(exchange);
      await exchange.wait(20);
      exchange.socket.resetAndDestroy();
    },
  },
  {
    name: 'cut behind the head',
    reach: 'before',
    async act(exchange) {
      exchange.send(headOf(exchange));
      await exchange.wait(20);
      exchange.socket.end();
    },
  },
  {
    name: 'ends in order, but early',
    reach: 'within',
    act(exchange) {
      const pieces = exchange.pieces();
      const whole = wholeOf(exchange);
      const half = exchange.isStream
        ? pieces.slice(0, pieces.length >> 1)
        : [whole.subarray(0, whole.length >> 1)];
      exchange.send(headOf(exchange), ...half.map(chunked), '0\r\n\r\n');
      exchange.done();
    },
  },
  {
    name: 'ends in order inside an event',
    reach: 'within',
    act(exchange) {
      const bytes = exchange.isStream ? Buffer.concat(exchange.pieces()) : wholeOf(exchange);
      exchange.send(headOf(exchange), chunked(bytes.subarray(0, (bytes.length * 0.55) | 0)), '0\r\n\r\n');
      exchange.done();
    },
  },
  {
    name: 'no end marker',
    reach: 'either',
    act(exchange) {
      if (!exchange.isStream) return sendRight(exchange);
      exchange.send(headOf(exchange), ...exchange.pieces().slice(0, -1).map(chunked), '0\r\n\r\n');
      exchange.done();
    },
  },
];

/** Every mode. */
export const faultModes: readonly FaultMode[] = [
  ...statuses,
  ...connections,
  ...silences,
  ...cuts,
  ...garbageModes,
];
