// The group commit: everything that waits goes into one statement, one statement at a time, and each writer is told when
// its own row is on disk. Under load a statement waits a moment for more rows, which costs less than more statements. A row
// that the database refuses fails alone; its neighbours are written.
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../../../platform/log.ts';
import { type ConnectionOptions, type KeptConnection, keepConnected, messageOf } from './keep-connected.ts';
import { INSERT_ROWS, LedgerRowError } from './write-row.ts';

/** The ledger's database cannot be written to. With `maybeWritten` the row was under way, and may be there or not. */
export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable';
  readonly maybeWritten: boolean;
  constructor(message: string, maybeWritten: boolean) {
    super(message);
    this.maybeWritten = maybeWritten;
  }
}

export type CommitterOptions = Pick<ConnectionOptions, 'connect'> & {
  log: Pick<Log, 'warn'>;
  /** Settings of the session, run once a connection. */
  setup: string;
  /** A statement that takes longer than this has lost its connection. */
  statementTimeoutMs: number;
  /** Writes a JSON array of rows; default: as they are. */
  statement?: { name: string; text: string };
  /** Which rows of a batch (by their place in it) the statement's answer refuses, and why. */
  refusalsIn?(rows: unknown[]): Map<number, Error>;
  onUp?(): void;
  onDown?(): void;
};

export type Committer = {
  /** Resolves when the row (JSON) is committed. Rejects with LedgerRowError or LedgerUnavailable, within two statements' time. */
  write(row: string): Promise<void>;
  isUp(): boolean;
  /** Waits for what is under way, then closes. */
  stop(): Promise<void>;
  readonly stats: CommitterStats;
};

/** `waitedMs` sums up how long the written rows waited for their commit. */
export type CommitterStats = {
  statements: number;
  rows: number;
  largest: number;
  waiting: number;
  waitedMs: number;
};

const ROWS_PER_STATEMENT = 1_000;
/** A statement with so many rows is a sign of load: the next one gathers for GATHER_MS. With 128 connections that is a fifth more calls a second, each with less latency. */
const LOADED_ROWS = 8;
const GATHER_MS = 5;
/** Rows beyond this many are refused at once: what waits is bounded. */
const WAITING_MAX = 20_000;

type Waiting = { row: string; sinceMs: number; resolve(): void; reject(error: Error): void };
type Desk = {
  connection: KeptConnection;
  statement: { name: string; text: string; query_timeout: number };
  refusalsIn: CommitterOptions['refusalsIn'];
  waiting: Waiting[];
  running: Promise<void> | undefined;
  isEnding: boolean;
  stats: CommitterStats;
};

/** A committer on a connection of its own. */
export function createCommitter(options: CommitterOptions): Committer {
  const { setup, statementTimeoutMs, onUp, onDown, connect, log } = options;
  const statement = options.statement ?? { name: 'ledger_rows', text: INSERT_ROWS };
  const connection = keepConnected({
    connect,
    log,
    prepare: async (client) => setup && client.query(setup),
    onUp: () => onUp?.(),
    onDown() {
      refuse(desk.waiting.splice(0), false);
      onDown?.();
    },
  });
  const desk: Desk = {
    connection,
    statement: { ...statement, query_timeout: statementTimeoutMs },
    refusalsIn: options.refusalsIn,
    waiting: [],
    running: undefined,
    isEnding: false,
    stats: { statements: 0, rows: 0, largest: 0, waiting: 0, waitedMs: 0 },
  };
  return {
    write: (row) => write(desk, row),
    isUp: () => connection.client() !== undefined,
    async stop() {
      desk.isEnding = true;
      await desk.running;
      await connection.stop();
    },
    get stats() {
      return { ...desk.stats, waiting: desk.waiting.length };
    },
  };
}

function write(desk: Desk, row: string): Promise<void> {
  if (desk.waiting.length >= WAITING_MAX) {
    return Promise.reject(new LedgerUnavailable('Too many rows wait for the ledger.', false));
  }
  return new Promise((resolve, reject) => {
    desk.waiting.push({ row, sinceMs: performance.now(), resolve, reject });
    // After the input of this turn: what came with it shares the statement.
    desk.running ??= new Promise<void>((turn) => setImmediate(turn)).then(() => commitAll(desk));
  });
}

async function commitAll(desk: Desk): Promise<void> {
  while (desk.waiting.length > 0) {
    const batch = desk.waiting.splice(0, ROWS_PER_STATEMENT);
    await commit(desk, batch);
    if (batch.length >= LOADED_ROWS && !desk.isEnding) await setTimeout(GATHER_MS);
  }
  desk.running = undefined;
}

async function commit(desk: Desk, batch: Waiting[]): Promise<void> {
  const { connection, stats } = desk;
  const client = connection.client();
  if (!client) return refuse(batch, false);
  try {
    const { rows } = await client.query({
      ...desk.statement,
      values: [`[${batch.map((each) => each.row).join(',')}]`],
    });
    const refusals = desk.refusalsIn?.(rows);
    stats.statements++;
    stats.rows += batch.length;
    stats.largest = Math.max(stats.largest, batch.length);
    const nowMs = performance.now();
    for (const each of batch) stats.waitedMs += nowMs - each.sinceMs;
    if (refusals?.size) batch.forEach((each, at) => void tell(each, refusals.get(at)));
    else for (const each of batch) each.resolve();
  } catch (error) {
    if (isUndoneByOthers(error)) return commit(desk, batch);
    if (!isFaultOfRow(error)) {
      // An error that the server answered undid the statement; one of the connection leaves its fate open.
      refuse(batch, !(error instanceof pg.DatabaseError), error);
      return connection.lose(client, error);
    }
    if (batch.length === 1) return batch[0]!.reject(new LedgerRowError(messageOf(error)));
    const half = batch.length >> 1;
    await commit(desk, batch.slice(0, half));
    await commit(desk, batch.slice(half));
  }
}

function tell(each: Waiting, refusal: Error | undefined): void {
  if (refusal) each.reject(refusal);
  else each.resolve();
}

/** The database undid the statement to let another one pass (a deadlock): nothing was written, and it passes now. */
function isUndoneByOthers(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '40P01' || error.code === '40001');
}

/** Classes 22 and 23 (a value, a constraint) and 54 (a limit) are about one row; everything else would fail any row. */
function isFaultOfRow(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^(22|23|54)/.test(error.code ?? '');
}

function refuse(batch: Waiting[], maybeWritten: boolean, cause?: unknown): void {
  for (const each of batch) each.reject(unavailable(maybeWritten, cause));
}

function unavailable(maybeWritten: boolean, cause?: unknown): LedgerUnavailable {
  const detail = cause === undefined ? '' : ` (${messageOf(cause)})`;
  return new LedgerUnavailable(`The ledger's database cannot be written to${detail}.`, maybeWritten);
}
