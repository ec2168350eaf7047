// Threads with the embedding model: started when there is something to do, let go when there was nothing for a while. A
// thread that dies fails what it was doing and is replaced by the next piece of work.
import { Worker } from 'node:worker_threads';
import type { Progress } from './prepare-model.ts';
import { problem } from './problems.ts';

export type WorkerInput = { folder: string };
export type WorkerOrder = { kind: 'embed'; texts: string[] } | { kind: 'stop' };
export type WorkerAnswer =
  | { kind: 'progress'; progress: Progress }
  | { kind: 'ready' }
  | { kind: 'embedded'; vectors: Float32Array[] }
  | { kind: 'failed'; message: string }
  | { kind: 'broken'; message: string };

/** One piece of work for one thread. */
export type Piece = {
  texts: string[];
  done(vectors: Float32Array[]): void;
  failed(error: Error): void;
};
export type WorkerPoolOptions = {
  folder: string;
  threads: number;
  idleMs: number;
  onProgress(progress: Progress): void;
  /** The next piece of work, if any is waiting. */
  next(): Piece | undefined;
};
type Thread = { worker: Worker; state: 'starting' | 'idle' | 'busy'; piece?: Piece; idle?: NodeJS.Timeout };

const STOP_MS = 5_000;

type Pool = { options: WorkerPoolOptions; threads: Set<Thread> };

/** Makes the pool; `wake` is called when there is new work. */
export function createWorkerPool(options: WorkerPoolOptions) {
  const pool: Pool = { options, threads: new Set() };
  return {
    wake: (): void => wake(pool),
    /** Lets every thread finish and go. */
    stop: async (): Promise<void> =>
      void (await Promise.all([...pool.threads].map((thread) => letGo(pool, thread)))),
  };
}

/** Gives waiting work to a thread that is free, or starts one more. */
function wake(pool: Pool): void {
  const free = [...pool.threads].find((thread) => thread.state === 'idle');
  if (free) {
    free.worker.ref();
    feed(pool, free);
  } else if (pool.threads.size < pool.options.threads) start(pool);
}

function feed(pool: Pool, thread: Thread): void {
  clearTimeout(thread.idle);
  const piece = pool.options.next();
  if (piece) {
    thread.state = 'busy';
    thread.piece = piece;
    thread.worker.postMessage({ kind: 'embed', texts: piece.texts } satisfies WorkerOrder);
    return;
  }
  thread.state = 'idle';
  delete thread.piece;
  thread.worker.unref();
  thread.idle = setTimeout(() => void letGo(pool, thread), pool.options.idleMs).unref();
}

function start(pool: Pool): void {
  const worker = new Worker(new URL('./embedding-worker.ts', import.meta.url), {
    workerData: { folder: pool.options.folder } satisfies WorkerInput,
  });
  const thread: Thread = { worker, state: 'starting' };
  pool.threads.add(thread);
  worker.on('message', (answer: WorkerAnswer) => {
    if (answer.kind === 'progress') return pool.options.onProgress(answer.progress);
    if (answer.kind === 'broken') return end(pool, thread, answer.message);
    if (answer.kind === 'embedded') thread.piece?.done(answer.vectors);
    if (answer.kind === 'failed') thread.piece?.failed(new Error(answer.message));
    if (pool.threads.has(thread)) feed(pool, thread);
  });
  worker.on('error', (error) => end(pool, thread, (error as Error).message));
  worker.on('exit', () => end(pool, thread, 'its thread ended.'));
}

/** A thread is over that nobody stopped. */
function end(pool: Pool, thread: Thread, reason: string): void {
  if (!pool.threads.delete(thread)) return;
  clearTimeout(thread.idle);
  const error = problem('embeddings_unavailable', { reason });
  thread.piece?.failed(error);
  // Nothing was ready yet: what waits would wait for ever, because the next thread would fail in the same way.
  if (thread.state === 'starting' && pool.threads.size === 0)
    for (let piece = pool.options.next(); piece; piece = pool.options.next()) piece.failed(error);
  else wake(pool);
}

async function letGo(pool: Pool, thread: Thread): Promise<void> {
  if (!pool.threads.delete(thread)) return;
  clearTimeout(thread.idle);
  const gone = new Promise((resolve) => thread.worker.once('exit', resolve));
  const tooLate = setTimeout(() => void thread.worker.terminate(), STOP_MS);
  thread.worker.postMessage({ kind: 'stop' } satisfies WorkerOrder);
  await gone.finally(() => clearTimeout(tooLate));
}
