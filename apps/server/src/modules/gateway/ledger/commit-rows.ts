// The group commit: everything that waits goes into one statement, one statement at a time, and each writer is told when
// its own row is on disk. A row that the database refuses fails alone; its neighbours are written.
import pg from 'pg';
import type { Log } from '../../../platform/log.ts';
import { INSERT_ROWS, LedgerRowError } from './entry.ts';
import { type ConnectionOptions, keepConnected, messageOf } from './keep-connected.ts';

/** The ledger's database cannot be written to. With `maybeWritten` the row was under way, and may be there or not. */
export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable';
  readonly maybeWritten: boolean;
  constructor(message: string, maybeWritten: boolean) {
    super(message);
    this.maybeWritten = maybeWritten;
  }
}

export type CommitterOptions = Pick<ConnectionOptions, 'connect' | 'onUp' | 'onDown'> & {
  log: Pick<Log, 'warn' | 'info' | 'error'>;
  /** Settings of the session, run once a connection. */
  setup: string;
  /** Whether the statement may be named: not where connections share one session. */
  named: boolean;
  /** A statement that takes longer than this has lost its connection. */
  statementTimeoutMs: number;
  rowsPerStatement?: number;
  /** Rows beyond this many are refused at once: what waits is bounded. */
  waitingMax?: number;
};

export type Committer = {
  /** Resolves when the row (JSON) is committed. Rejects with LedgerRowError or LedgerUnavailable, within two statements' time. */
  write(row: string): Promise<void>;
  isUp(): boolean;
  /** Waits for what is under way, then closes. */
  stop(): Promise<void>;
  readonly stats: { statements: number; rows: number; largest: number; waiting: number };
};

type Waiting = { row: string; resolve(): void; reject(error: Error): void };

/** A committer on a connection of its own. */
export function createCommitter(options: CommitterOptions): Committer {
  const { rowsPerStatement = 1_000, waitingMax = 20_000, statementTimeoutMs } = options;
  const stats = { statements: 0, rows: 0, largest: 0, waiting: 0 };
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;
  const name = options.named ? { name: 'ledger_rows' } : {};

  const connection = keepConnected({
    connect: options.connect,
    prepare: (client) => (options.setup ? client.query(options.setup) : Promise.resolve()),
    onUp: () => options.onUp?.(),
    onDown() {
      refuse(waiting.splice(0), false);
      options.onDown?.();
    },
    log: options.log,
  });

  function write(row: string): Promise<void> {
    if (!connection.client()) return Promise.reject(unavailable(false));
    if (waiting.length >= waitingMax) {
      return Promise.reject(new LedgerUnavailable('Too many rows wait for the ledger.', false));
    }
    return new Promise((resolve, reject) => {
      waiting.push({ row, resolve, reject });
      // After the input of this turn: what came with it shares the statement.
      running ??= new Promise<void>((turn) => setImmediate(turn)).then(commitAll);
    });
  }

  async function commitAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.length > rowsPerStatement ? waiting.splice(0, rowsPerStatement) : waiting;
      if (batch === waiting) waiting = [];
      await commit(batch);
    }
    running = undefined;
  }

  async function commit(batch: Waiting[]): Promise<void> {
    const client = connection.client();
    if (!client) return refuse(batch, false);
    try {
      const values = [`[${batch.map((each) => each.row).join(',')}]`];
      const statement = { ...name, text: INSERT_ROWS, values, query_timeout: statementTimeoutMs };
      await client.query(statement);
      stats.statements++;
      stats.rows += batch.length;
      stats.largest = Math.max(stats.largest, batch.length);
      for (const each of batch) each.resolve();
    } catch (error) {
      if (!isFaultOfRow(error)) {
        // An error that the server answered undid the statement; one of the connection leaves its fate open.
        refuse(batch, !(error instanceof pg.DatabaseError), error);
        return connection.lose(client, error);
      }
      if (batch.length === 1) return batch[0]!.reject(new LedgerRowError(messageOf(error)));
      await commit(batch.slice(0, batch.length >> 1));
      await commit(batch.slice(batch.length >> 1));
    }
  }

  async function stop(): Promise<void> {
    await running;
    await connection.stop();
  }

  return {
    write,
    isUp: () => connection.client() !== undefined,
    stop,
    get stats() {
      return { ...stats, waiting: waiting.length };
    },
  };
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
