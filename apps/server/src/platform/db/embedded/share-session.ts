// The one PostgreSQL session of the embedded database, lent to one connection at a time, in order of asking.
// Guarantees: between the start and the end of `hold` nobody else runs anything, so transactions never interleave.
import { setImmediate as nextTick } from 'node:timers/promises';
import type { PGlite } from '@electric-sql/pglite';

export interface Session {
  /** Waits for the session and keeps it until the work is done. */
  hold<T>(work: () => Promise<T>): Promise<T>;
  /** Runs whole protocol messages and returns the whole reply; only while holding the session. */
  run(messages: Uint8Array): Promise<Buffer>;
  /** The connection whose unnamed statement the session remembers; anybody else's Bind must not reach it. */
  unnamedOwner: number | undefined;
}

/** Shares a PGlite that nothing else uses, except inside `hold`. */
export function shareSession(db: PGlite): Session {
  let turn: Promise<unknown> = Promise.resolve();

  function hold<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work);
    // PGlite computes on this thread: without a pause between turns the sockets of those who wait would not be read.
    turn = done.then(
      () => nextTick(),
      () => nextTick(),
    );
    return done;
  }

  async function run(messages: Uint8Array): Promise<Buffer> {
    const parts: Buffer[] = [];
    await db.execProtocolRawStream(messages, {
      syncToFs: false, // a no-op on both of our file systems
      onRawData: (bytes) => parts.push(Buffer.from(bytes)), // a copy: the bytes are PGlite's own memory
    });
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  return { hold, run, unnamedOwner: undefined };
}
