// One ledger in each cluster, and the upkeep they need: prices published, partitions made, orphans swept.
import { join } from 'node:path';
import pg from 'pg';
import type { Cluster } from '../../platform/db/clusters.ts';
import type { FairQueueOptions } from './admission/create-fair-queue.ts';
import { tellReached } from './budgets/tell-reached.ts';
import type { GatewayDeps } from './gateway-deps.ts';
import { createLedger, type Entry, type Ledger } from './ledger/index.ts';
import { watchPrices } from './prices/watch-prices.ts';
import { createRatingTurns } from './ratings/create-rating-turns.ts';

export type LedgerOptions = {
  replicaId: string;
  /** Where settlements wait while their database is away. */
  spoolFolder: string;
  embedded: boolean;
  /** What the server takes at once; more waits, each organization in its turn. */
  load?: Partial<FairQueueOptions>;
};

const SWEEP_MS = 5_000;
const RATING_MS = 15_000;
const DAY_MS = 86_400_000;

/** Opens the ledgers of all clusters. */
export function createLedgers(
  deps: Pick<GatewayDeps, 'db' | 'events' | 'log' | 'clock' | 'tenancy'>,
  options: LedgerOptions,
) {
  const { clusters } = deps.db;
  const ledgers = new Map(
    clusters.names().map((name) => [name, openLedger(deps, options, clusters.get(name))]),
  );
  const { db, log } = deps;
  const prices = watchPrices({ db, log, list: () => ledgers.get('main')!.listPrices() });
  const turns = new Map(
    [...ledgers.values()].map((one) => [one, createRatingTurns({ db, prices, log }, one)]),
  );
  const timers: NodeJS.Timeout[] = [];

  const every = (ms: number, what: string, work: (ledger: Ledger) => Promise<number>) => {
    const onAll = () => ledgers.forEach((ledger) => void reportOn(deps.log, what, work(ledger)));
    timers.push(setInterval(onAll, ms).unref());
  };

  return {
    /** Each entry goes to the cluster its organization lived in when the call began. */
    byCluster: routeByCluster(ledgers, async (organizationId) => {
      const { directory } = deps.tenancy;
      return (directory.peek(organizationId) ?? (await directory.getEntry(organizationId))).cluster;
    }),
    prices,
    ledgers,
    async start(): Promise<void> {
      await Promise.all([prices.start(), ...[...ledgers.values()].map((ledger) => ledger.whenUp(10_000))]);
      every(SWEEP_MS, 'orphaned calls settled', (ledger) => ledger.sweep([options.replicaId]));
      every(SWEEP_MS, 'budgets told', (ledger) => ledger.tellDue((due) => tellReached(deps, due)));
      every(RATING_MS, 're-ratings finished', (ledger) => turns.get(ledger)!.take());
      every(DAY_MS, 'ledger partitions made', (ledger) => ledger.makePartitions());
    },
    async stop(): Promise<void> {
      for (const timer of timers) clearInterval(timer);
      await Promise.all([...turns.values()].map((turn) => turn.stop()));
      await prices.stop();
      await Promise.all([...ledgers.values()].map((ledger) => ledger.stop()));
    },
  };
}

async function reportOn(log: GatewayDeps['log'], what: string, work: Promise<number>): Promise<void> {
  await work.then(
    (n) => n > 0 && log.info({ n }, what),
    (error: Error) => log.warn({ error: error.message }, `${what}: failed`),
  );
}

function openLedger(
  { log, clock }: Pick<GatewayDeps, 'log' | 'clock'>,
  options: LedgerOptions,
  cluster: Cluster,
): Ledger {
  return createLedger({
    connect: async () => {
      const client = new pg.Client({
        ...cluster.appConnection,
        application_name: 'insula-ledger',
        connectionTimeoutMillis: 5_000,
        keepAlive: true,
      });
      await client.connect();
      return client;
    },
    log,
    clock,
    spoolFile: join(options.spoolFolder, `ledger-${cluster.name}.spool`),
    isOneSession: options.embedded,
  });
}

function routeByCluster(
  ledgers: Map<string, Ledger>,
  clusterOf: (organizationId: string) => Promise<string>,
): Pick<Ledger, 'intend' | 'settle'> {
  if (ledgers.size === 1) return ledgers.get('main')!;
  const underWay = new Map<string, Ledger>();
  const keyOf = (entry: Entry) => `${entry.id} ${entry.attempt}`;
  return {
    async intend(entry) {
      const ledger = ledgers.get(await clusterOf(entry.organization_id)) ?? ledgers.get('main')!;
      underWay.set(keyOf(entry), ledger);
      await ledger.intend(entry).catch((error: unknown) => {
        underWay.delete(keyOf(entry));
        throw error;
      });
    },
    async settle(entry) {
      const ledger = underWay.get(keyOf(entry)) ?? ledgers.get('main')!;
      underWay.delete(keyOf(entry));
      await ledger.settle(entry);
    },
  };
}
