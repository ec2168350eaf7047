// An answer that stays in the house: what a call writes is gathered, bounded, or handed on as it comes.
import { EventEmitter } from 'node:events';
import type { OutgoingHttpHeaders } from 'node:http';
import type { Answering } from '../relay/index.ts';

export type MemoryAnswer = Answering & {
  /** The status, 0 before there is one; a header by its name in lower case. */
  status(): number;
  header(name: string): string | undefined;
  /** What was written, unless it was handed on. */
  body(): Buffer;
  /** The reader has gone: the call ends as it does when a client hangs up. */
  leave(): void;
  /** The reader has room again. */
  resume(): void;
};

/** Opens an answer; `take` is handed each part of a stream and says whether there is room for more. */
export function openMemoryAnswer(take?: (part: Buffer) => boolean): MemoryAnswer {
  const events = new EventEmitter();
  const { state, ...head } = openHead();
  const parts: Buffer[] = [];
  const keep = (part: Buffer) => {
    if (state.isGone) return false;
    const own = Buffer.from(part); // the bytes are the provider's buffer, used again later
    if (!take) parts.push(own);
    state.isFull = take !== undefined && !take(own);
    return !state.isFull;
  };
  const leave = () => {
    if (state.isGone) return;
    state.isGone = true;
    events.emit('close');
  };
  return {
    ...head,
    get headersSent() {
      return state.status !== 0;
    },
    get destroyed() {
      return state.isGone;
    },
    get writableNeedDrain() {
      return state.isFull;
    },
    write: keep,
    end: (part) => void (part && keep(part)),
    destroy: leave,
    leave,
    on: (event, listener) => events.on(event, listener),
    once: (event, listener) => events.once(event, listener),
    off: (event, listener) => events.off(event, listener),
    body: () => (parts.length === 1 ? parts[0]! : Buffer.concat(parts)),
    resume() {
      state.isFull = false;
      events.emit('drain');
    },
  };
}

function openHead() {
  const headers = new Map<string, string>();
  const state = { status: 0, isGone: false, isFull: false };
  const put = (name: string, value: unknown) => headers.set(name.toLowerCase(), String(value));
  const putAll = (all: object) => Object.entries(all).map(([name, value]) => put(name, value));
  return {
    state,
    setHeader: put,
    removeHeader: (name: string) => void headers.delete(name),
    writeHead(status: number, more: OutgoingHttpHeaders) {
      state.status = status;
      putAll(more);
    },
    addTrailers: (trailers: Record<string, string>) => void putAll(trailers),
    status: () => state.status,
    header: (name: string) => headers.get(name),
  };
}
