// An answer that stays in the house: what a call writes is gathered, bounded, or handed on as it comes.
import { EventEmitter } from 'node:events';
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
  const headers = new Map<string, string>();
  const parts: Buffer[] = [];
  let status = 0;
  let isGone = false;
  let isFull = false;
  const keep = (part: Buffer) => {
    if (isGone) return false;
    if (!take) parts.push(Buffer.from(part));
    isFull = take !== undefined && !take(Buffer.from(part)); // the bytes are the provider's buffer, used again later
    return !isFull;
  };
  const put = (name: string, value: unknown) => headers.set(name.toLowerCase(), String(value));
  return {
    get headersSent() {
      return status !== 0;
    },
    get destroyed() {
      return isGone;
    },
    get writableNeedDrain() {
      return isFull;
    },
    setHeader: put,
    removeHeader: (name) => void headers.delete(name),
    writeHead(given, more) {
      status = given;
      for (const [name, value] of Object.entries(more)) put(name, value);
    },
    addTrailers(trailers) {
      for (const [name, value] of Object.entries(trailers)) put(name, value);
    },
    write: keep,
    end: (part) => void (part && keep(part)),
    destroy: () => leave(),
    on: (event, listener) => events.on(event, listener),
    once: (event, listener) => events.once(event, listener),
    off: (event, listener) => events.off(event, listener),
    status: () => status,
    header: (name) => headers.get(name),
    body: () => (parts.length === 1 ? parts[0]! : Buffer.concat(parts)),
    leave: () => leave(),
    resume() {
      isFull = false;
      events.emit('drain');
    },
  };

  function leave(): void {
    if (isGone) return;
    isGone = true;
    events.emit('close');
  }
}
