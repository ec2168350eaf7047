// Threads that read documents, each watched: by a clock that gives time as long as text comes, and by the size of its memory,
// because what V8 limits is its heap and not its buffers. A thread that is ended costs its file and is replaced by the next.
import { Worker } from 'node:worker_threads';
import type { ReadDocument, Split } from './document.ts';
import { limits } from './limits.ts';
import { type PackedDocument, unpackDocument } from './pack-document.ts';
import { problem } from './problems.ts';
import type { RefusalCode } from './refusal.ts';

export type WorkerOrder = {
  file: { path: string } | { bytes: Uint8Array };
  about: { name: string; type?: string };
  split: Split;
};
export type WorkerAnswer =
  | { kind: 'ready' }
  | { kind: 'progress'; characters: number }
  | { kind: 'read'; document: PackedDocument }
  | { kind: 'refused'; code: RefusalCode; facts: Record<string, string> }
  | { kind: 'failed'; message: string; overflow: boolean };

/** One file that waits for a thread or is read by one. */
export type Reading = {
  order: WorkerOrder;
  done(document: ReadDocument): void;
  failed(error: Error): void;
};
type Thread = {
  worker: Worker;
  reading?: Reading | undefined;
  /** When the thread began with its file, and until when it may take, in milliseconds of the monotonic clock. */
  began: number;
  until: number;
  idle?: NodeJS.Timeout;
};
export type PoolOptions = { threads: number; idleMs: number };
type Pool = {
  options: PoolOptions;
  threads: Set<Thread>;
  waiting: Reading[];
  watch: NodeJS.Timeout | undefined;
  stopped: boolean;
};

const WATCH_MS = 50;
const MB = 1024 * 1024;

/** Makes the pool; no thread runs before the first file. */
export function createReadingPool(options: PoolOptions) {
  const pool: Pool = { options, threads: new Set(), waiting: [], watch: undefined, stopped: false };
  return {
    /** Reads a file when it is its turn. */
    add(reading: Reading): void {
      if (pool.stopped) reading.failed(refusal(reading, 'parsing_stopped'));
      else {
        pool.waiting.push(reading);
        wake(pool);
      }
    },
    /** Forgets a file: one that waits is not begun, one that is being read costs its thread. */
    drop(reading: Reading): void {
      pool.waiting = pool.waiting.filter((one) => one !== reading);
      for (const thread of pool.threads) if (thread.reading === reading) void end(pool, thread);
    },
    /** Ends every thread; what is not read yet fails. */
    async stop(): Promise<void> {
      pool.stopped = true;
      clearInterval(pool.watch);
      const over = [
        ...pool.waiting.splice(0),
        ...[...pool.threads].flatMap(({ reading }) => (reading ? [reading] : [])),
      ];
      const ended = [...pool.threads].map((thread) => end(pool, thread));
      for (const reading of over) reading.failed(refusal(reading, 'parsing_stopped'));
      await Promise.all(ended);
    },
  };
}

function refusal({ order }: Reading, code: RefusalCode, facts: Record<string, string> = {}): Error {
  return problem(code, { name: order.about.name, ...facts });
}

function wake(pool: Pool): void {
  for (const thread of pool.threads) if (!thread.reading) feed(pool, thread);
  while (pool.waiting.length > 0 && pool.threads.size < pool.options.threads) feed(pool, start(pool));
}

function feed(pool: Pool, thread: Thread): void {
  clearTimeout(thread.idle);
  const reading = pool.waiting.shift();
  if (!reading) {
    thread.worker.unref();
    thread.idle = setTimeout(() => void end(pool, thread), pool.options.idleMs).unref();
    return;
  }
  thread.worker.ref();
  thread.reading = reading;
  thread.began = performance.now();
  thread.until = thread.began + limits.graceMs;
  thread.worker.postMessage(reading.order);
  pool.watch ??= setInterval(() => watch(pool), WATCH_MS).unref();
}

function start(pool: Pool): Thread {
  const worker = new Worker(new URL('./parsing-worker.ts', import.meta.url), {
    // Nothing of the server's environment is a document's business.
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: limits.heapMb, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
  });
  const thread: Thread = { worker, began: 0, until: 0 };
  pool.threads.add(thread);
  worker.on('message', (answer: WorkerAnswer) => hear(pool, thread, answer));
  worker.on('error', (error) =>
    fail(pool, thread, isMemory(error) ? 'document_memory_limit' : 'document_unreadable'),
  );
  worker.on('exit', () => fail(pool, thread, 'document_unreadable'));
  return thread;
}

function isMemory(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
}

function hear(pool: Pool, thread: Thread, answer: WorkerAnswer): void {
  const { reading } = thread;
  if (answer.kind === 'ready' || !reading) return;
  if (answer.kind === 'progress') {
    const earned = limits.graceMs + (answer.characters / 1_000) * limits.msPerThousandCharacters;
    thread.until = thread.began + Math.min(limits.longestMs, earned);
    return;
  }
  thread.reading = undefined;
  if (answer.kind === 'read') reading.done(unpackDocument(answer.document));
  else if (answer.kind === 'refused') reading.failed(refusal(reading, answer.code, answer.facts));
  else {
    const reason = answer.overflow
      ? 'it is nested too deeply or too large.'
      : `it is damaged (${answer.message.slice(0, 200)}).`;
    reading.failed(refusal(reading, 'document_unreadable', { reason }));
  }
  if (pool.threads.has(thread)) feed(pool, thread);
  rest(pool);
}

/** A thread is over; its file fails, and the next file gets another thread. */
function fail(pool: Pool, thread: Thread, code: RefusalCode): void {
  const { reading } = thread;
  if (!pool.threads.has(thread)) return;
  void end(pool, thread);
  reading?.failed(refusal(reading, code, { reason: 'reading it ended unexpectedly.' }));
}

async function end(pool: Pool, thread: Thread): Promise<void> {
  if (!pool.threads.delete(thread)) return;
  clearTimeout(thread.idle);
  thread.reading = undefined;
  const gone = thread.worker.terminate();
  if (!pool.stopped) wake(pool);
  rest(pool);
  await gone;
}

function rest(pool: Pool): void {
  if ([...pool.threads].some(({ reading }) => reading)) return;
  clearInterval(pool.watch);
  pool.watch = undefined;
}

function watch(pool: Pool): void {
  const now = performance.now();
  for (const thread of pool.threads) {
    if (!thread.reading) continue;
    if (now > thread.until) fail(pool, thread, 'document_time_limit');
    else void weigh(pool, thread, thread.reading);
  }
}

/** Asks a thread for its memory; it answers also in the middle of a computation. */
async function weigh(pool: Pool, thread: Thread, reading: Reading): Promise<void> {
  const heap = await thread.worker.getHeapStatistics().catch(() => undefined);
  if (!heap || thread.reading !== reading) return;
  const used = heap.used_heap_size + heap.external_memory;
  if (used > limits.threadMb * MB) fail(pool, thread, 'document_memory_limit');
}
