// The workers of one server: as many slices at once as were allowed, over all clusters in turn. They look for work when they
// are told that there is some, when a slice has ended, and now and then for what nobody told of.
import { newId } from '../ids.ts';
import type { QueueOptions, Worker } from './create-queue.ts';
import { runSlice } from './run-slice.ts';
import { type Claim, claimWork } from './store.ts';

type Crew = {
  options: QueueOptions;
  workers: Map<string, Worker>;
  leaseMs: number;
  most: number;
  stopping: AbortController;
  running: Set<Promise<void>>;
  /** Which cluster is looked at first the next time. */
  turn: number;
  isBlind: boolean;
};
type Found = { claim: Claim; cluster: string };

/** Makes the crew; `wake` looks for work at once, as often as it is called. */
export function createCrew(options: QueueOptions, workers: Map<string, Worker>) {
  const { workers: most = 2, leaseMs = 30_000, lookMs = 1_000 } = options;
  const stopping = new AbortController();
  const crew: Crew = {
    options,
    workers,
    leaseMs,
    most,
    stopping,
    running: new Set(),
    turn: 0,
    isBlind: false,
  };
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let isAwake = false;
  let isAskedAgain = false;

  async function look(): Promise<void> {
    do {
      isAskedAgain = false;
      await fill(crew, wake);
    } while (isAskedAgain && isAwake);
    looking = undefined;
  }
  function wake(): void {
    if (!isAwake) return;
    isAskedAgain = true;
    looking ??= look();
  }
  return {
    wake,
    start(): void {
      isAwake = true;
      timer = setInterval(wake, lookMs);
      timer.unref();
      wake();
    },
    async stop(): Promise<void> {
      isAwake = false;
      clearInterval(timer);
      stopping.abort(new Error('The server is stopping.'));
      await looking;
      await Promise.all(crew.running);
    },
  };
}

/** Takes work until every place is taken or none is due. */
async function fill(crew: Crew, ended: () => void): Promise<void> {
  while (crew.running.size < crew.most && !crew.stopping.signal.aborted) {
    const found = await findWork(crew);
    if (!found) return;
    const running = run(crew, found).finally(() => {
      crew.running.delete(running);
      ended();
    });
    crew.running.add(running);
  }
}

async function findWork(crew: Crew): Promise<Found | undefined> {
  const { clusters, log } = { ...crew.options, clusters: crew.options.db.clusters };
  const kinds = [...crew.workers.keys()];
  if (kinds.length === 0) return undefined;
  const names = clusters.names();
  for (let step = 0; step < names.length; step++) {
    const cluster = names[(crew.turn + step) % names.length]!;
    const ask = { id: newId(), kinds, leaseMs: crew.leaseMs };
    try {
      const claim = await claimWork(clusters.get(cluster).app, ask);
      crew.isBlind = false;
      if (!claim) continue;
      crew.turn += step + 1;
      return { claim, cluster };
    } catch (error) {
      if (!crew.isBlind && !crew.stopping.signal.aborted)
        log.warn({ cluster, error: (error as Error).message }, 'work could not be looked for');
      crew.isBlind = true;
    }
  }
  return undefined;
}

function run(crew: Crew, { claim, cluster }: Found): Promise<void> {
  const { db, log } = crew.options;
  const deps = { log, pool: db.clusters.get(cluster).app, leaseMs: crew.leaseMs };
  const worker = crew.workers.get(claim.kind)!;
  return runSlice(deps, { claim, worker }, crew.stopping.signal);
}
