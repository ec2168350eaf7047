// The ledger's writing side: an intent before a provider is asked, a settlement before the caller has the last byte.
// Group commits that do not wait for each other: those of calls with a budget, which wait for each other's locks, stand apart.
// No database: new calls are refused, settlements go to the spool.
import type pg from 'pg';
import type { Clock } from '../../../platform/clock.ts';
import type { Log } from '../../../platform/log.ts';
import { BudgetRefused } from '../budgets/budget-refused.ts';
import {
  type Committer,
  type CommitterOptions,
  type CommitterStats,
  createCommitter,
  LedgerUnavailable,
} from './create-committer.ts';
import { createUpkeep, type Upkeep } from './create-upkeep.ts';
import { openSpool, type Spool, type SpoolStats } from './open-spool.ts';
import { type Entry, hasBudgets, writeRow } from './write-row.ts';

export type LedgerDeps = {
  /** Opens a connection of the ledger's own, logged in as a member of insula_ledger. */
  connect(): Promise<pg.Client>;
  log: Pick<Log, 'info' | 'warn' | 'error'>;
  clock: Clock;
  /** On a disk that survives a restart; one process a file. */
  spoolFile: string;
  /** All connections are one session (PGlite): no setting and no role may outlive a statement. */
  isOneSession?: boolean;
  /** The longest call allowed; an intent older than this is an orphan whoever wrote it. Default 15 min. */
  longestCallMs?: number;
  /** Sweeps wait this long after the database came (back), so that every live replica has sent a heartbeat. Default 20 s. */
  sweepGraceMs?: number;
  /** Default 5 s. */
  statementTimeoutMs?: number;
  /** How long a call waits for reservations of others to become costs, when only they fill its budget. Default 10 s. */
  budgetPatienceMs?: number;
};

export type Ledger = Upkeep & {
  /** Writes the intent, with the reservations it needs. Resolves before anything may be sent to a provider; rejects quickly when the database is away, and with BudgetRefused when a budget has no room. */
  intend(entry: Entry): Promise<void>;
  /** Writes the settlement: committed, or else on this machine's disk. The first settlement of an attempt stands. */
  settle(entry: Entry): Promise<void>;
  /** Resolves when calls can be recorded; rejects after `timeoutMs`. */
  whenUp(timeoutMs: number): Promise<void>;
  /** Commits or spools what is under way, then closes. Bounded. */
  stop(): Promise<void>;
  readonly stats: LedgerStats;
};

export type LedgerStats = {
  isUp: boolean;
  intents: CommitterStats;
  settlements: CommitterStats;
  spool: SpoolStats;
};

/** Opens the ledger; its connections come, and come back, by themselves. */
export function createLedger(deps: LedgerDeps): Ledger {
  const { log, clock, connect, longestCallMs = 900_000, sweepGraceMs = 20_000 } = deps;
  const { budgetPatienceMs: patienceMs = 10_000 } = deps;
  let upSince = Number.POSITIVE_INFINITY;
  const books = openBooks({
    connect,
    log,
    spoolFile: deps.spoolFile,
    statementTimeoutMs: deps.statementTimeoutMs ?? 5_000,
    sessionOf: (settings) => sessionOf(deps, settings),
    onUp() {
      upSince = clock.now();
    },
    onDown() {
      upSince = Number.POSITIVE_INFINITY;
    },
  });
  const setup = sessionOf(deps, "set statement_timeout = '60s'");
  const upkeep = createUpkeep({ connect, log, longestCallMs, setup });
  return {
    ...upkeep,
    sweep: async (live) => (clock.now() - upSince >= sweepGraceMs ? upkeep.sweep(live) : 0),
    intend: (entry) => (entry.budgets ? intendPatiently(books, entry, patienceMs) : intend(books, entry)),
    settle: (entry) => settle(books, entry),
    whenUp: (timeoutMs) => whenUp(books, timeoutMs),
    stop: () => closeBooks(books),
    get stats() {
      const stats = {
        intents: books.intents.stats,
        settlements: books.settlements.stats,
        spool: books.spool.stats,
      };
      return { isUp: isUp(books), ...stats };
    },
  };
}

type Books = {
  intents: Committer;
  settlements: Committer;
  budgetedIntents: Committer;
  budgetedSettlements: Committer;
  spool: Spool;
};

type BooksOptions = Pick<CommitterOptions, 'connect' | 'statementTimeoutMs'> & {
  log: Parameters<typeof openSpool>[1];
  spoolFile: string;
  /** What a connection is set to, with these settings of its own. */
  sessionOf(settings: string): string;
  onUp(): void;
  onDown(): void;
};

const INTEND = { name: 'ledger_intend', text: 'select ledger.intend($1::json) as lacks' };
const SETTLE = { name: 'ledger_settle', text: 'select ledger.settle($1::json)' };

/** Opens the books; what waits on disk is replayed whenever the database comes. */
function openBooks(options: BooksOptions): Books {
  const { connect, log, statementTimeoutMs, sessionOf, onUp, onDown } = options;
  const timeout = `set statement_timeout = ${statementTimeoutMs};`;
  // An intent has to survive this process, not a power cut of the database's machine: its commit is not synced.
  const unsynced = sessionOf(`${timeout} set synchronous_commit = off`);
  const committing = { connect, log, statementTimeoutMs };
  const replay = () => replaySpool(books);
  const books: Books = {
    intents: createCommitter({ ...committing, setup: unsynced, onUp, onDown }),
    settlements: createCommitter({ ...committing, setup: sessionOf(timeout), onUp: replay }),
    budgetedIntents: createCommitter({
      ...committing,
      setup: unsynced,
      statement: INTEND,
      refusalsIn: readLacks,
    }),
    budgetedSettlements: createCommitter({
      ...committing,
      setup: sessionOf(timeout),
      statement: SETTLE,
      onUp: replay,
    }),
    spool: openSpool(options.spoolFile, log),
  };
  return books;
}

/** Writes a settlement by the statement that its budgets need. */
function writeSettlement(books: Books, row: string): Promise<void> {
  return (hasBudgets(row) ? books.budgetedSettlements : books.settlements).write(row);
}

/** Writes what waits on disk, as far as the database takes it. */
function replaySpool(books: Books): void {
  void books.spool.replay((row) => writeSettlement(books, row));
}

/** Whether calls can be recorded. */
function isUp({ intents, settlements, budgetedIntents, budgetedSettlements }: Books): boolean {
  return intents.isUp() && settlements.isUp() && budgetedIntents.isUp() && budgetedSettlements.isUp();
}

/** Commits what is under way, then closes. */
async function closeBooks(books: Books): Promise<void> {
  const { intents, settlements, budgetedIntents, budgetedSettlements } = books;
  await Promise.all([intents, settlements, budgetedIntents, budgetedSettlements].map((each) => each.stop()));
  await books.spool.whenIdle();
}

type Lack = BudgetRefused['lack'] & { n: number };

function readLacks(rows: unknown[]): Map<number, Error> {
  const { lacks } = rows[0] as { lacks: Lack[] };
  return new Map(lacks.map(({ n, ...lack }) => [n - 1, new BudgetRefused(lack)]));
}

const sessionOf = ({ isOneSession }: LedgerDeps, settings: string) =>
  isOneSession ? '' : `set role insula_ledger; ${settings}`;

async function intend(books: Books, entry: Entry): Promise<void> {
  const row = writeRow(entry, 0);
  try {
    await (entry.budgets ? books.budgetedIntents : books.intents).write(row);
  } catch (error) {
    if (error instanceof LedgerUnavailable && error.maybeWritten)
      void voidIntent(books, entry).catch(() => {});
    throw error;
  }
}

const PAUSE_MIN_MS = 20;
const PAUSE_MAX_MS = 320;

/** Tries again while only reservations of calls under way are in the way, so that no worst case of others refuses a call that fits. */
async function intendPatiently(books: Books, entry: Entry, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (let pauseMs = PAUSE_MIN_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS)) {
    try {
      return await intend(books, entry);
    } catch (error) {
      const waits = error instanceof BudgetRefused && error.isForNow && performance.now() < deadline;
      if (!waits) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + Math.random())));
  }
}

/** The call will not be made: should its intent be there after all, no sweep may bill it. */
function voidIntent(books: Books, entry: Entry): Promise<void> {
  const nothing = {
    input_tokens: 0,
    cached_input_tokens: 0,
    output_tokens: 0,
    reasoning_tokens: 0,
    cost_micros: 0,
  };
  return keepOnDisk(books, writeRow({ ...entry, ...nothing, usage_source: 'counted', status: 503 }, 1));
}

async function settle(books: Books, entry: Entry): Promise<void> {
  const row = writeRow(entry, 1);
  try {
    await writeSettlement(books, row);
  } catch (error) {
    if (!(error instanceof LedgerUnavailable)) throw error;
    await keepOnDisk(books, row);
  }
}

async function keepOnDisk(books: Books, row: string): Promise<void> {
  await books.spool.keep(row);
  // The database may have come back while the row went to disk.
  if (isUp(books)) replaySpool(books);
}

async function whenUp(books: Books, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!isUp(books)) {
    if (performance.now() > deadline)
      throw new LedgerUnavailable("The ledger's database did not come.", false);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
