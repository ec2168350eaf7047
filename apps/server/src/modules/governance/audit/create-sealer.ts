// Seals what is written within a second of its commit: a notice of a change wakes the organization's chain after a short
// rest; a slow sweep finds what a lost notice left behind. Any number of servers may do this at once.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../../platform/db/create-database.ts';
import { NoSuchOrganization } from '../../../platform/db/door.ts';
import { listUnsealed } from '../../../platform/db/list-unsealed.ts';
import type { Log } from '../../../platform/log.ts';
import { type SealDeps, sealBatch } from './seal-batch.ts';

export type SealerDeps = Omit<SealDeps, 'db'> & {
  db: Pick<Database, 'as' | 'clusters' | 'invalidation'>;
  log: Log;
  /** Rest after a notice, so that a burst becomes one batch. Default 100 ms. */
  restMs?: number;
  /** Time between two looks for organizations whose notice was lost. Default 60 s. */
  sweepMs?: number;
  /** Organizations sealed at the same time by this server. Default 4. */
  parallel?: number;
};

export type Sealer = ReturnType<typeof createSealer>;

const BUSY_MS = 50;
const PATIENCE_MS = 10_000;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Makes the sealer; nothing happens before `start`. */
export function createSealer(deps: SealerDeps) {
  const turns = createTurns({
    restMs: deps.restMs ?? 100,
    parallel: deps.parallel ?? 4,
    seal: (organizationId, goesOn) => sealInTurn(deps, organizationId, goesOn),
  });
  let sweeps: NodeJS.Timeout | undefined;

  async function sweep(): Promise<void> {
    for (const name of deps.db.clusters.names()) {
      try {
        for (const organizationId of await listUnsealed(deps.db.clusters.get(name)))
          turns.notice(organizationId);
      } catch (error) {
        const facts = { cluster: name, error: (error as Error).message };
        deps.log.warn(facts, 'unsealed events could not be looked for');
      }
    }
  }

  deps.db.invalidation.onChange(turns.notice);
  return {
    /** Seals everything that waits now; returns how many events. Throws when another server holds the chain for 10 s. */
    sealNow: (organizationId: string) => sealNow(deps, organizationId),
    start() {
      turns.start();
      sweeps = setInterval(() => void sweep(), deps.sweepMs ?? 60_000);
      sweeps.unref();
      void sweep();
    },
    /** Resolves when nothing is being sealed any more. */
    stop() {
      clearInterval(sweeps);
      return turns.stop();
    },
  };
}

type TurnOptions = {
  restMs: number;
  parallel: number;
  /** Seals one organization; true when it has to be its turn again. */
  seal(organizationId: string, goesOn: () => boolean): Promise<boolean>;
};

/** Whose turn it is: each noticed organization once, after a rest, never twice at the same time. */
function createTurns({ restMs, parallel, seal }: TurnOptions) {
  const noticed = new Set<string>();
  const running = new Map<string, Promise<void>>();
  let rest: NodeJS.Timeout | undefined;
  let awake = false;

  function notice(organizationId: string): void {
    if (!awake || !uuid.test(organizationId)) return;
    noticed.add(organizationId);
    rest ??= setTimeout(wake, restMs);
  }

  function wake(): void {
    rest = undefined;
    for (const organizationId of noticed) {
      if (running.size >= parallel) break;
      if (running.has(organizationId)) continue;
      noticed.delete(organizationId);
      running.set(organizationId, takeTurn(organizationId));
    }
  }

  async function takeTurn(organizationId: string): Promise<void> {
    const again = await seal(organizationId, () => awake);
    running.delete(organizationId);
    if (again) notice(organizationId);
    if (awake && noticed.size > 0) rest ??= setTimeout(wake, restMs);
  }

  return {
    notice,
    start() {
      awake = true;
    },
    async stop() {
      awake = false;
      clearTimeout(rest);
      rest = undefined;
      noticed.clear();
      await Promise.all(running.values());
    },
  };
}

async function sealInTurn(deps: SealerDeps, organizationId: string, goesOn: () => boolean): Promise<boolean> {
  try {
    while (goesOn()) {
      const step = await sealBatch(deps, organizationId);
      // Whoever is at it may have looked before this event was there: ask again until the chain was ours.
      if (step === 'busy') return true;
      if (!step.more) return false;
    }
  } catch (error) {
    if (error instanceof NoSuchOrganization) return false;
    const facts = { organization_id: organizationId, error: (error as Error).message };
    deps.log.warn(facts, 'events could not be sealed; trying again within a minute');
  }
  return false;
}

async function sealNow(deps: SealerDeps, organizationId: string): Promise<number> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  let sealed = 0;
  for (;;) {
    const step = await sealBatch(deps, organizationId);
    if (step !== 'busy') {
      sealed += step.sealed;
      if (!step.more) return sealed;
    } else if (performance.now() > giveUpAt) throw new Error('The chain is held by another server.');
    else await sleep(BUSY_MS);
  }
}
