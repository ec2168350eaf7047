// One request at the hostile provider, and the bytes of right answers to it, from which wrong ones are made.
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Script, ScriptedWire } from '../../apps/server/test/fakes/wires/index.ts';

/** What is said when all is well; letters of two, three and four bytes, so that a cut between them shows. */
export const WORDS = 'Salvē! Hæc īnsula est: 島 🏝 — bene.';

const script: Script = {
  textPieces: WORDS.match(/.{1,6}/gsu)!,
  usage: { input: 11, cached: 0, written: 0, output: 9, reasoning: 0 },
};

export type Exchange = {
  socket: Socket;
  wire: ScriptedWire;
  path: string;
  isStream: boolean;
  /** Which request on its socket this is, from 1. */
  turn: number;
  /** An address that nobody may call. */
  trapUrl: string;
  send(...bytes: (Buffer | string)[]): void;
  wait(ms: number): Promise<void>;
  /** The content type of a right answer. */
  type(): string;
  /** The events of a right stream. */
  pieces(): Buffer[];
  /** Sends a right answer. */
  answer(): void;
  /** The answer is complete: the socket may be kept. */
  done(): void;
};

/** Makes the exchange; what is sent to a socket that is gone is dropped. */
export function openExchange(
  about: Pick<Exchange, 'socket' | 'wire' | 'path' | 'isStream' | 'turn' | 'trapUrl' | 'done'>,
): Exchange {
  const { socket, wire, isStream } = about;
  const exchange: Exchange = {
    ...about,
    send(...bytes) {
      if (!socket.destroyed) socket.write(Buffer.concat(bytes.map((one) => Buffer.from(one))));
    },
    wait: (ms) => wait(ms),
    type: () => (isStream ? wire.streamType : 'application/json'),
    pieces: () => wire.stream(script),
    answer() {
      const whole = wholeOf(exchange);
      if (isStream) exchange.send(headOf(exchange), ...exchange.pieces().map(chunked), '0\r\n\r\n');
      else exchange.send(wholeHead(whole), whole);
    },
  };
  return exchange;
}

/** A chunk of a chunked body. */
export function chunked(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

/** The head of a right answer whose body comes in chunks. */
export function headOf(exchange: Exchange): Buffer {
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: ${exchange.type()}\r\ntransfer-encoding: chunked\r\n\r\n`,
  );
}

/** A right answer as one JSON document. */
export function wholeOf({ wire }: Exchange): Buffer {
  return Buffer.from(JSON.stringify(wire.whole(script)));
}

/** The head of a whole answer of known length. */
export function wholeHead(body: Buffer): Buffer {
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
  );
}

/** The head of an error; `lines` stand besides the length, the type among them. */
export function errorHead(status: number, body: string, lines: readonly string[]): Buffer {
  const all = [`content-length: ${Buffer.byteLength(body)}`, ...lines];
  return Buffer.from(`HTTP/1.1 ${status} No\r\n${all.join('\r\n')}\r\n\r\n`);
}
