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
  const { restMs = 100, sweepMs = 60_000, parallel = 4, log } = deps;
  const noticed = new Set<string>();
  const running = new Map<string, Promise<void>>();
  let rest: NodeJS.Timeout | undefined;
  let sweeps: NodeJS.Timeout | undefined;
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
      const sealing = sealOne(organizationId).finally(() => {
        running.delete(organizationId);
        if (awake && noticed.size > 0) rest ??= setTimeout(wake, restMs);
      });
      running.set(organizationId, sealing);
    }
  }

  async function sealOne(organizationId: string): Promise<void> {
    try {
      while (awake) {
        const step = await sealBatch(deps, organizationId);
        // Whoever is at it may have looked before this event was there: ask again until the chain was ours.
        if (step === 'busy') return notice(organizationId);
        if (!step.more) return;
      }
    } catch (error) {
      if (error instanceof NoSuchOrganization) return;
      log.warn(
        { organization_id: organizationId, error: (error as Error).message },
        'events could not be sealed; trying again within a minute',
      );
    }
  }

  async function sweep(): Promise<void> {
    for (const name of deps.db.clusters.names()) {
      try {
        for (const organizationId of await listUnsealed(deps.db.clusters.get(name))) notice(organizationId);
      } catch (error) {
        log.warn(
          { cluster: name, error: (error as Error).message },
          'unsealed events could not be looked for',
        );
      }
    }
  }

  /** Seals everything that waits now; returns how many events. Throws when another server holds the chain for 10 s. */
  async function sealNow(organizationId: string): Promise<number> {
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

  deps.db.invalidation.onChange(notice);
  return {
    sealNow,
    start() {
      awake = true;
      sweeps = setInterval(() => void sweep(), sweepMs);
      sweeps.unref();
      void sweep();
    },
    /** Resolves when nothing is being sealed any more. */
    async stop() {
      awake = false;
      clearTimeout(rest);
      rest = undefined;
      clearInterval(sweeps);
      noticed.clear();
      await Promise.all(running.values());
    },
  };
}
