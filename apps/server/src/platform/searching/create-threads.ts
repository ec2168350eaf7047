// Threads that take orders: started when there is something to do, let go when there was nothing for a while. Organizations
// take turns, so that a hundred searches of one do not keep another's single one waiting.
import { Worker } from 'node:worker_threads';

export type ThreadsOptions = {
  script: URL;
  /** Given to each thread as it starts, by its number. */
  setup(number: number): unknown;
  threads: number;
  /** Milliseconds after which a thread without orders is let go. */
  idleMs: number;
};
export type Threads = {
  /** Sends an order to the next free thread and answers what that made of it. */
  run<Result>(organizationId: string, order: unknown): Promise<Result>;
  stop(): Promise<void>;
};
/** What a thread answers to an order. */
export type ThreadAnswer = { result: unknown } | { error: string };

type Job = { order: unknown; done(result: unknown): void; failed(error: Error): void };
type Thread = { number: number; worker: Worker; job: Job | undefined; idle: NodeJS.Timeout | undefined };
/** `lines`: waiting orders by organization, in the order in which it is their turn. */
type Pool = { options: ThreadsOptions; threads: Set<Thread>; lines: Map<string, Job[]> };

/** Makes the threads; none is started before the first order. */
export function createThreads(options: ThreadsOptions): Threads {
  const pool: Pool = { options, threads: new Set(), lines: new Map() };
  return {
    run: <Result>(organizationId: string, order: unknown) =>
      new Promise<Result>((done, failed) => {
        const line = pool.lines.get(organizationId) ?? [];
        line.push({ order, done: done as Job['done'], failed });
        pool.lines.set(organizationId, line);
        wake(pool);
      }),
    stop: async () => void (await Promise.all([...pool.threads].map((thread) => letGo(pool, thread)))),
  };
}

function next({ lines }: Pool): Job | undefined {
  for (const [organizationId, line] of lines) {
    const job = line.shift();
    lines.delete(organizationId);
    if (line.length > 0) lines.set(organizationId, line);
    return job;
  }
  return undefined;
}

function feed(pool: Pool, thread: Thread): void {
  clearTimeout(thread.idle);
  thread.job = next(pool);
  if (thread.job) {
    thread.worker.ref();
    thread.worker.postMessage(thread.job.order);
    return;
  }
  thread.worker.unref();
  thread.idle = setTimeout(() => void letGo(pool, thread), pool.options.idleMs).unref();
}

async function letGo(pool: Pool, thread: Thread): Promise<void> {
  pool.threads.delete(thread);
  clearTimeout(thread.idle);
  thread.job?.failed(new Error('The search is being stopped.'));
  await thread.worker.terminate();
}

function wake(pool: Pool): void {
  const free = [...pool.threads].find(({ job }) => !job);
  if (free) feed(pool, free);
  else if (pool.threads.size < pool.options.threads) start(pool);
}

function start(pool: Pool): void {
  const { threads, options } = pool;
  const taken = new Set([...threads].map(({ number }) => number));
  const number = [...Array(options.threads).keys()].find((one) => !taken.has(one))!;
  const worker = new Worker(options.script, { workerData: options.setup(number) });
  const thread: Thread = { number, worker, job: undefined, idle: undefined };
  threads.add(thread);
  worker.on('message', (answer: ThreadAnswer) => {
    const { job } = thread;
    if (threads.has(thread)) feed(pool, thread);
    if ('error' in answer) job?.failed(new Error(answer.error));
    else job?.done(answer.result);
  });
  worker.on('error', (error) => end(pool, thread, error as Error));
  worker.on('exit', () => end(pool, thread, new Error('A thread of the search ended.')));
  feed(pool, thread);
}

/** A thread is over that nobody let go: what it was doing failed, and the next order starts another. */
function end(pool: Pool, thread: Thread, error: Error): void {
  if (!pool.threads.delete(thread)) return;
  clearTimeout(thread.idle);
  thread.job?.failed(error);
  if (pool.lines.size > 0) wake(pool);
}
