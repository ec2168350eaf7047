// The price table in memory, on every server: a new version is noticed by the notice of its event, or by a look every few
// seconds if that was missed. A call never waits for any of this; until the new list is read, the old one holds.
import { PLATFORM_ORGANIZATION } from '../../../platform/actor.ts';
import type { Database } from '../../../platform/db/create-database.ts';
import type { Log } from '../../../platform/log.ts';
import { createPrices, type ListedPrice, type Prices, priceList, publishPrices } from '../ledger/index.ts';
import { readPriceMark } from './store.ts';

export type PriceWatchDeps = {
  db: Database;
  log: Pick<Log, 'info' | 'warn'>;
  /** Everything published, from the main cluster. */
  list(): Promise<ListedPrice[]>;
};

export type PriceWatch = Prices & {
  start(): Promise<void>;
  /** Resolves when what was published before this call is in use here. */
  refresh(): Promise<void>;
  stop(): Promise<void>;
};

const LOOK_MS = 5_000;

/** Watches the price table; before `start` the list that comes with the product holds. */
export function watchPrices(deps: PriceWatchDeps): PriceWatch {
  let prices = createPrices(priceList);
  let mark: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function look(): Promise<void> {
    const seen = await deps.db.asPlatform(null, readPriceMark);
    if (seen === mark) return;
    const list = await deps.list();
    prices = createPrices(list);
    mark = seen;
    deps.log.info({ prices: list.length }, 'prices read');
    await copyToClusters(deps, list);
  }
  const { refresh, whenIdle } = oneAtATime(async () => {
    if (!isStopped) await look();
  });
  const tryRefresh = () =>
    void refresh().catch((error: Error) =>
      deps.log.warn({ error: error.message }, 'prices could not be read'),
    );

  return {
    find: (...asked) => prices.find(...asked),
    refresh,
    async start() {
      await publishPrices(deps.db.clusters.get('main').admin, priceList);
      await refresh();
      deps.db.invalidation.onChange((organizationId) => {
        if (organizationId === PLATFORM_ORGANIZATION && !isStopped) tryRefresh();
      });
      timer = setInterval(tryRefresh, LOOK_MS).unref();
    },
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await whenIdle();
    },
  };
}

/** One run at a time; all who ask meanwhile wait for the one after it. */
function oneAtATime(work: () => Promise<void>) {
  let underWay: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  function refresh(): Promise<void> {
    if (next) return next;
    const own = underWay
      .catch(() => {})
      .then(() => {
        underWay = own;
        next = undefined;
        return work();
      });
    next = own;
    return own;
  }
  return { refresh, whenIdle: () => (next ?? underWay).catch(() => {}) };
}

/** The other clusters hold copies, for the organizations that live there. */
async function copyToClusters({ db }: PriceWatchDeps, list: ListedPrice[]): Promise<void> {
  const others = db.clusters.names().filter((name) => name !== 'main');
  await Promise.all(others.map((name) => publishPrices(db.clusters.get(name).admin, list)));
}
