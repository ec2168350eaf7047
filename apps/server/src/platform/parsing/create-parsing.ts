// Reading documents of strangers: in threads with bounds of time and memory, one file a thread, in the order they came.
import { availableParallelism } from 'node:os';
import { createReadingPool, type Reading } from './create-reading-pool.ts';
import type { ReadDocument, Split } from './document.ts';

export type ReadOptions = {
  signal?: AbortSignal;
  split?: Split;
};
export type Parsing = {
  /** Reads a file in a thread with limits of time and memory; throws problems that say what to do, or the signal's reason. */
  read(
    file: { path: string } | { bytes: Uint8Array },
    about: { name: string; type?: string },
    options?: ReadOptions,
  ): Promise<ReadDocument>;
  stop(): Promise<void>;
};
export type ParsingOptions = {
  threads?: number;
  /** Milliseconds after which a thread without work is let go. */
  idleMs?: number;
};

/** The model of the embeddings reads 256 tokens: a piece of 200 leaves room for the title and headings above it. */
export const defaultSplit: Split = { maxTokens: 200, overlapTokens: 32 };
const THREADS_MAX = 4;
const NAME_MAX = 200;

/** Makes the reader of documents; nothing is loaded before the first file. */
export function createParsing(options: ParsingOptions = {}): Parsing {
  const threads = options.threads ?? Math.max(1, Math.min(THREADS_MAX, availableParallelism() - 1));
  const pool = createReadingPool({ threads, idleMs: options.idleMs ?? 60_000 });
  return {
    async read(file, about, { signal, split = defaultSplit } = {}) {
      signal?.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<ReadDocument>();
      const named = { ...about, name: about.name.slice(-NAME_MAX).toWellFormed() };
      const reading: Reading = { order: { file, about: named, split }, done: resolve, failed: reject };
      const onAbort = () => {
        pool.drop(reading);
        reject(signal!.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      pool.add(reading);
      return await promise.finally(() => signal?.removeEventListener('abort', onAbort));
    },
    stop: pool.stop,
  };
}
