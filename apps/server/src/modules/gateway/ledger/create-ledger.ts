// The ledger's writing side: an intent before a provider is asked, a settlement before the caller has the last byte.
// Two group commits, so that neither waits for the other; no database: new calls are refused, settlements go to the spool.
import type pg from 'pg';
import type { Clock } from '../../../platform/clock.ts';
import type { Log } from '../../../platform/log.ts';
import { createCommitter, LedgerUnavailable } from './commit-rows.ts';
import { type Entry, writeRow } from './entry.ts';
import { messageOf, withinTime } from './keep-connected.ts';
import { openSpool } from './open-spool.ts';

export type LedgerDeps = {
  /** Opens a connection of the ledger's own, logged in as a member of insula_ledger. */
  connect(): Promise<pg.Client>;
  log: Pick<Log, 'info' | 'warn' | 'error'>;
  clock: Clock;
  /** On a disk that survives a restart; one process a file. */
  spoolFile: string;
  /** All connections are one session (PGlite): no settings, role or named statement may outlive a statement. */
  oneSession?: boolean;
  /** The longest call allowed; an intent older than this is an orphan whoever wrote it. Default 15 min. */
  longestCallMs?: number;
  /** Sweeps wait this long after the database came (back), so that every live replica has sent a heartbeat. Default 20 s. */
  sweepGraceMs?: number;
  statementTimeoutMs?: number;
};

export type Ledger = {
  /** Writes the intent. Resolves before anything may be sent to a provider; rejects quickly when the database is away. */
  intend(entry: Entry): Promise<void>;
  /** Writes the settlement: committed, or else on this machine's disk. The first settlement of an attempt stands. */
  settle(entry: Entry): Promise<void>;
  /** Settles the intents of dead replicas, as estimated; returns how many. `live` are replicas known to be alive. */
  sweep(live: readonly string[]): Promise<number>;
  /** Makes the partitions of the coming months where they are missing; returns how many. */
  makePartitions(monthsAhead?: number): Promise<number>;
  /** Resolves when intents can be written; rejects after `timeoutMs`. */
  whenUp(timeoutMs: number): Promise<void>;
  /** Commits or spools what is under way, then closes. Bounded. */
  stop(): Promise<void>;
  readonly stats: LedgerStats;
};

export type LedgerStats = Record<'intents' | 'settlements', { statements: number; rows: number; waiting: number }> & {
  spool: { kept: number; replayed: number; unreadable: number };
  up: boolean;
};

/** Opens the ledger; connections come by themselves. */
export function createLedger(deps: LedgerDeps): Ledger {
  const { log, clock, longestCallMs = 900_000, sweepGraceMs = 20_000, statementTimeoutMs = 5_000 } = deps;
  const spool = openSpool(deps.spoolFile, log);
  const session = (extra: string) =>
    deps.oneSession ? '' : `set role insula_ledger; set statement_timeout = ${statementTimeoutMs}; ${extra}`;
  const committing = { connect: deps.connect, log, named: !deps.oneSession, statementTimeoutMs };
  let upSince = Number.POSITIVE_INFINITY;

  const settlements = createCommitter({
    ...committing,
    setup: session(''),
    onUp: () => void spool.replay(settlements.write),
  });
  // An intent need not survive a power cut of the database's machine, only the death of this process: it is not synced.
  const intents = createCommitter({
    ...committing,
    setup: session('set synchronous_commit = off'),
    onUp() {
      upSince = clock.now();
    },
    onDown() {
      upSince = Number.POSITIVE_INFINITY;
    },
  });

  async function intend(entry: Entry): Promise<void> {
    const row = writeRow(entry, 0);
    try {
      await intents.write(row);
    } catch (error) {
      if (error instanceof LedgerUnavailable && error.maybeWritten) void voidIntent(entry).catch(() => {});
      throw error;
    }
  }

  /** The call will not be made: should its intent be there after all, no sweep may bill it. */
  function voidIntent(entry: Entry): Promise<void> {
    const none = { input_tokens: 0, cached_input_tokens: 0, output_tokens: 0, reasoning_tokens: 0, cost_micros: 0 };
    return keepOnDisk(writeRow({ ...entry, ...none, usage_source: 'counted', status: 503 }, 1));
  }

  async function keepOnDisk(row: string): Promise<void> {
    await spool.keep(row);
    // The database may have come back while the row went to disk.
    if (settlements.isUp()) void spool.replay(settlements.write);
  }

  async function settle(entry: Entry): Promise<void> {
    const row = writeRow(entry, 1);
    try {
      await settlements.write(row);
    } catch (error) {
      if (!(error instanceof LedgerUnavailable)) throw error;
      await keepOnDisk(row);
    }
  }

  /** Runs one of the ledger's own functions on a short connection, so that commits do not wait behind it. */
  async function call(query: string, values: unknown[]): Promise<number> {
    const client = await withinTime(deps.connect(), statementTimeoutMs, 'Connecting');
    client.on('error', (error) => log.warn({ cause: messageOf(error) }, 'a short ledger connection broke'));
    try {
      if (!deps.oneSession) await client.query(`set role insula_ledger; set statement_timeout = '60s'`);
      const { rows } = await client.query<{ n: number }>(`select ${query} as n`, values);
      return rows[0]!.n;
    } finally {
      await withinTime(client.end(), 1_000, 'Closing').catch(() => {});
    }
  }

  return {
    intend,
    settle,
    async sweep(live) {
      if (!(clock.now() - upSince >= sweepGraceMs)) return 0;
      return call('ledger.sweep_orphans($1::uuid[], make_interval(secs => $2))', [live, longestCallMs / 1_000]);
    },
    makePartitions: (monthsAhead = 2) => call('ledger.make_partitions($1)', [monthsAhead]),
    async whenUp(timeoutMs) {
      const deadline = performance.now() + timeoutMs;
      while (!intents.isUp() || !settlements.isUp()) {
        if (performance.now() > deadline) throw new LedgerUnavailable("The ledger's database did not come.", false);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async stop() {
      await Promise.all([intents.stop(), settlements.stop()]);
    },
    get stats() {
      return {
        intents: intents.stats,
        settlements: settlements.stats,
        spool: { ...spool.stats },
        up: intents.isUp() && settlements.isUp(),
      };
    },
  };
}
