// Faults of what is said: bytes, bodies and headers that are not the provider's protocol, and answers that come oddly.
import { gzipSync } from 'node:zlib';
import { errorEvent, redirect, refuse, rightBytes, sendBody, sendRight, splitAtLetters } from './acts.ts';
import type { FaultMode } from './fault-modes.ts';
import { chunked, type Exchange, headOf, wholeOf } from './open-exchange.ts';

const OVERSIZE_BYTES = 66 * 2 ** 20;
const BOMB = gzipSync(Buffer.alloc(32 * 2 ** 20));
/** A page where an answer should be. */
export const HTML = Buffer.from(
  '<!doctype html><html><body><h1>Welcome to the captive portal</h1></body></html>',
);

const typeOf = (exchange: Exchange) => `content-type: ${exchange.type()}`;

const garbage: FaultMode[] = [
  {
    name: 'garbage bytes',
    reach: 'before',
    act: ({ socket }) => void socket.write(Buffer.from([0, 255, 22, 3, 1, 2, 0, 13, 10, 13, 10, 250, 7])),
  },
  {
    name: 'garbage JSON',
    reach: 'before',
    act(exchange) {
      if (exchange.isStream) sendBody(exchange, Buffer.from('data: {"id":"chat\n\n'), [typeOf(exchange)]);
      else sendBody(exchange, Buffer.from('{"id":"chatcmpl-1","choi'), [typeOf(exchange)]);
    },
  },
  {
    name: 'garbage in the middle',
    reach: 'within',
    act(exchange) {
      const pieces = exchange.pieces();
      const bad = exchange.isStream ? Buffer.from('data: {"id":"chat\ufffd\n\n') : Buffer.from('{"a":');
      if (!exchange.isStream) return sendBody(exchange, bad, [typeOf(exchange)]);
      const at = pieces.length >> 1;
      exchange.send(
        headOf(exchange),
        ...[...pieces.slice(0, at), bad, ...pieces.slice(at)].map(chunked),
        '0\r\n\r\n',
      );
      exchange.done();
    },
  },
  {
    name: 'HTML with 200',
    reach: 'before',
    act: (exchange) => sendBody(exchange, HTML, ['content-type: text/html']),
  },
  {
    name: 'an empty answer',
    reach: 'before',
    act: (exchange) => sendBody(exchange, Buffer.alloc(0), [typeOf(exchange)]),
  },
  {
    name: 'gzip bomb',
    reach: 'before',
    act: (exchange) => sendBody(exchange, BOMB, [typeOf(exchange), 'content-encoding: gzip']),
  },
  {
    name: 'oversize body',
    reach: 'late',
    isHeavy: true,
    act(exchange) {
      const filler = Buffer.alloc(2 ** 20, exchange.isStream ? ': x\n' : ' ');
      exchange.send(headOf(exchange));
      let sent = 0;
      const more = () => {
        for (; sent < OVERSIZE_BYTES && !exchange.socket.destroyed; sent += filler.length)
          if (!exchange.socket.write(chunked(filler))) return void exchange.socket.once('drain', more);
      };
      more();
    },
  },
  {
    name: 'oversize headers',
    reach: 'before',
    act: ({ send }) => send(`HTTP/1.1 200 OK\r\nx-filler: ${'x'.repeat(256 * 1_024)}\r\n\r\n`),
  },
];

const oddities: FaultMode[] = [
  {
    name: 'split UTF-8',
    reach: 'none',
    async act(exchange) {
      const body = exchange.isStream ? Buffer.concat(exchange.pieces()) : wholeOf(exchange);
      exchange.send(headOf(exchange));
      // Every byte beyond ASCII leaves in a chunk and a packet of its own.
      for (const part of splitAtLetters(body)) {
        exchange.send(chunked(part));
        await exchange.wait(2);
      }
      exchange.send('0\r\n\r\n');
      exchange.done();
    },
  },
  { name: 'redirect to a private address', reach: 'before', act: redirect(({ trapUrl }) => trapUrl) },
  { name: 'redirect loop', reach: 'before', act: redirect(({ path }) => path) },
  {
    name: 'an error with 200',
    reach: 'before',
    act(exchange) {
      const { wire, isStream } = exchange;
      const error = Buffer.from(JSON.stringify(wire.error(500, 'It broke.').json));
      sendBody(exchange, isStream ? errorEvent(exchange) : error, [typeOf(exchange)]);
    },
  },
  {
    name: 'error event in the stream',
    reach: 'within',
    act(exchange) {
      if (!exchange.isStream) return refuse(500)(exchange);
      const pieces = exchange.pieces();
      const begun = pieces.slice(0, pieces.length >> 1);
      exchange.send(headOf(exchange), ...[...begun, errorEvent(exchange)].map(chunked), '0\r\n\r\n');
      exchange.done();
    },
  },
  {
    name: 'two answers at once',
    reach: 'either',
    act(exchange) {
      const right = rightBytes(exchange);
      exchange.send(Buffer.concat([right, right]));
      exchange.done();
    },
  },
  { name: 'answer before the request is read', reach: 'either', isEarly: true, act: sendRight },
  {
    name: 'early refusal, then reset',
    reach: 'before',
    isEarly: true,
    act(exchange) {
      refuse(503)(exchange);
      exchange.socket.end();
      exchange.socket.resetAndDestroy();
    },
  },
  {
    name: 'longer than it said',
    reach: 'either',
    act(exchange) {
      const whole = exchange.isStream ? Buffer.concat(exchange.pieces()) : wholeOf(exchange);
      exchange.send(
        `HTTP/1.1 200 OK\r\ncontent-type: ${exchange.type()}\r\ncontent-length: ${whole.length}\r\n\r\n`,
      );
      exchange.send(whole, 'and then some');
      exchange.done();
    },
  },
];

/** Answers that are not the protocol, come oddly, or lead elsewhere. */
export const garbageModes: readonly FaultMode[] = [...garbage, ...oddities];
