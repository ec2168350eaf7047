// What keeps the ledger in order, on short connections of its own, so that no commit waits behind it.
import type pg from 'pg';
import type { Log } from '../../../platform/log.ts';
import { type ListedPrice, listPrices } from './create-prices.ts';
import { closeClient, messageOf, openClient } from './keep-connected.ts';

export type Upkeep = {
  /** Settles, as estimated, the intents of dead replicas and those older than the longest call; returns how many. `live` are replicas known to be alive whatever their heartbeat says. */
  sweep(live: readonly string[]): Promise<number>;
  /** Makes the partitions of this month and `monthsAhead` (at most 24) more where they are missing; returns how many. */
  makePartitions(monthsAhead?: number): Promise<number>;
  listPrices(): Promise<ListedPrice[]>;
  /** Organizations of this cluster whose calls are still to be rated again, at most 1,000. */
  listUnfinishedReRatings(): Promise<string[]>;
  /** Tells `tell` of budgets in which a threshold was passed (at most 100 at once), and notes that it was told; returns how many. */
  tellDue(tell: (due: DueBudget) => Promise<void>): Promise<number>;
};

/** A period of a budget in which a threshold was passed. */
export type DueBudget = {
  organization_id: string;
  budget_id: string;
  period_start: Date;
  spent_micros: number;
};

export type UpkeepOptions = {
  connect(): Promise<pg.Client>;
  log: Pick<Log, 'warn'>;
  setup: string;
  longestCallMs: number;
};

const SWEEP = 'select ledger.sweep_orphans($1::uuid[], make_interval(secs => $2)) as count';
const LIST_DUE = `select organization_id, budget_id, period_start, spent_micros::float8 from ledger.list_due_budgets()`;
const MARK_TOLD = 'select ledger.mark_told($1, $2, $3, $4)';
const UNFINISHED = 'select id from ledger.unfinished_re_ratings() as id';
const MAKE_PARTITIONS = 'select ledger.make_partitions($1) as count';

/** The upkeep of one cluster's ledger. */
export function createUpkeep({ connect, log, setup, longestCallMs }: UpkeepOptions): Upkeep {
  async function withClient<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = await openClient(connect);
    client.on('error', (error) => log.warn({ cause: messageOf(error) }, 'a short ledger connection broke'));
    try {
      if (setup) await client.query(setup);
      return await work(client);
    } finally {
      await closeClient(client);
    }
  }
  const count = (statement: string, values: unknown[]) =>
    withClient(async (client) => (await client.query<{ count: number }>(statement, values)).rows[0]!.count);

  return {
    sweep: (live) => count(SWEEP, [live, longestCallMs / 1_000]),
    makePartitions: (monthsAhead = 2) => count(MAKE_PARTITIONS, [monthsAhead]),
    listPrices: () => withClient(listPrices),
    async tellDue(tell) {
      const { rows } = await withClient((client) => client.query<DueBudget>(LIST_DUE));
      let told = 0;
      for (const due of rows) {
        const { organization_id, budget_id, period_start, spent_micros } = due;
        const values = [organization_id, budget_id, period_start, spent_micros];
        await tell(due).then(
          () => withClient((client) => client.query(MARK_TOLD, values)).then(() => told++),
          (error: unknown) => log.warn({ budget_id, cause: messageOf(error) }, 'a threshold is not told yet'),
        );
      }
      return told;
    },
    listUnfinishedReRatings: () =>
      withClient(async (client) => (await client.query<{ id: string }>(UNFINISHED)).rows.map(({ id }) => id)),
  };
}
