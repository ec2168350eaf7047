// Starts the thread of the embedded database and talks to it: one order at a time, each with one answer.
// Guarantees: an end that nobody asked for is reported once, and answers every open order with an error.
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import type { CompiledProgram } from './open-pglite.ts';
import type { Limits } from './serve-connection.ts';

export interface ThreadInput {
  folder: string;
  template: string | undefined;
  socketPath: string;
  limits: Limits;
}

/** What the thread (embedded-worker.ts) is started with. */
export interface WorkerInput extends ThreadInput {
  postgres: CompiledProgram;
}

/** What the thread can be told once it is up. */
export type WorkerOrder = { kind: 'dump'; path: string } | { kind: 'stop' };

/** The first answer says that the thread is up, each further one belongs to an order. */
export type WorkerAnswer =
  | { kind: 'ready'; fromTemplate: boolean }
  | { kind: 'done' }
  | { kind: 'failed'; message: string };

export interface Thread {
  fromTemplate: boolean;
  order(order: WorkerOrder): Promise<void>;
  /** Closes the database; throws when that had to be done by force. */
  stop(): Promise<void>;
}

/**
 * PostgreSQL's own limit (max_stack_depth) must be met before the thread's: with Node's usual 4 MB one deeply nested JSON
 * value overflows the stack inside PGlite, which then never answers again.
 */
const STACK_MB = 64;
const STOP_MS = 15_000;

declare const WebAssembly: { compile(bytes: Uint8Array): Promise<CompiledProgram> };
let compiling: Promise<CompiledProgram> | undefined;

/** PostgreSQL as machine code: compiled once a process, whatever number of databases it starts and ends. */
function compilePostgres(): Promise<CompiledProgram> {
  const file = new URL('./pglite.wasm', import.meta.resolve('@electric-sql/pglite'));
  compiling ??= readFile(file).then((bytes) => WebAssembly.compile(bytes));
  return compiling;
}

/** Resolves when the database can be connected to; throws what kept it from starting. */
export async function startThread(input: ThreadInput, onLost: (error: Error) => void): Promise<Thread> {
  const workerData: WorkerInput = { ...input, postgres: await compilePostgres() };
  const worker = new Worker(new URL('./embedded-worker.ts', import.meta.url), {
    workerData,
    resourceLimits: { stackSizeMb: STACK_MB },
  });
  const { order, first, end } = converse(worker);
  const answer = await first;
  if (answer.kind !== 'ready') throw await end;
  let state: 'up' | 'stopping' | 'lost' = 'up';
  void end.then((error) => {
    if (state !== 'up') return;
    state = 'lost';
    onLost(error);
  });

  async function stop(): Promise<void> {
    if (state === 'lost') return;
    state = 'stopping';
    const tooLate = setTimeout(() => void worker.terminate(), STOP_MS);
    try {
      await order({ kind: 'stop' });
    } finally {
      clearTimeout(tooLate);
      await worker.terminate();
    }
  }
  return { fromTemplate: answer.fromTemplate, order, stop };
}

/** The oldest open question gets the next answer; when the thread ends, `end` says why and all questions fail. */
function converse(worker: Worker) {
  const open: ((answer: WorkerAnswer) => void)[] = [];
  const nextAnswer = () => new Promise<WorkerAnswer>((resolve) => open.push(resolve));
  const first = nextAnswer();
  let cause: Error | undefined;
  let ended = false;
  worker.on('message', (answer: WorkerAnswer) => open.shift()?.(answer));
  worker.on('error', (error) => {
    cause = error instanceof Error ? error : new Error(String(error));
  });
  const end = new Promise<Error>((resolve) => {
    worker.once('exit', (code) => {
      ended = true;
      const error = cause ?? new Error(`The thread of the embedded database ended with code ${code}.`);
      for (const settle of open.splice(0)) settle({ kind: 'failed', message: error.message });
      resolve(error);
    });
  });

  let turn: Promise<unknown> = first;
  function order(order: WorkerOrder): Promise<void> {
    const answered = turn.then(async () => {
      if (ended) throw new Error('The embedded database has ended.');
      const answer = nextAnswer();
      worker.postMessage(order);
      const result = await answer;
      if (result.kind === 'failed') throw new Error(result.message);
    });
    turn = answered.catch(() => {});
    return answered;
  }
  return { order, first, end };
}
