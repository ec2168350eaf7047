// Keeps keys young: at start and every hour one server wraps keys again after a change of the master key, rotates those
// older than 90 days, and finishes rotations that are under way, whoever began them.
import { PLATFORM_ORGANIZATION, systemActor } from '../../../platform/actor.ts';
import type { PlatformTx } from '../../../platform/db/door.ts';
import { leadWork } from '../../../platform/db/lead-work.ts';
import { rewrapKeys } from './rewrap-keys.ts';
import { rotateKey } from './rotate-key.ts';
import { type SettleDeps, settleRotation } from './settle-rotation.ts';
import { listOverdue, listRetiring } from './store.ts';

export type RotationDeps = SettleDeps & {
  /** Time between two checks. Default 1 h. */
  checkMs?: number;
};

const CHECK_MS = 3_600_000;
const PAGE = 100;
/** Age at which the sealing version of a key is replaced. */
export const KEY_AGE_MS = 90 * 86_400_000;

/** Makes the loop; nothing happens before `start`. */
export function createRotation(options: RotationDeps) {
  let stopping = false;
  const deps: RotationDeps = { ...options, stopped: () => stopping };
  const running = new Set<Promise<unknown>>();
  let checks: NodeJS.Timeout | undefined;

  /** Runs beside whatever asked for it; failures are logged, the next check tries again. */
  function begin(work: () => Promise<unknown>): void {
    if (stopping) return;
    const done = work()
      .catch((error: Error) =>
        deps.log.warn({ error: error.message }, 'keys could not be rotated; trying again within the hour'),
      )
      .finally(() => running.delete(done));
    running.add(done);
  }

  const check = () => checkKeys(deps);
  const checkAsLeader = () => leadWork(deps.db.clusters.get('main'), 'encryption', check);
  return {
    /** One check of everything, whoever leads. */
    check,
    /** Seals again in the background what the organization's earlier versions sealed. */
    settle: (organizationId: string) => begin(() => settleRotation(deps, organizationId)),
    start() {
      checks = setInterval(() => begin(checkAsLeader), deps.checkMs ?? CHECK_MS);
      checks.unref();
      begin(checkAsLeader);
    },
    /** Resolves when the batch under way is done; the rest is left to the next check. */
    async stop() {
      stopping = true;
      clearInterval(checks);
      await Promise.all(running);
    },
  };
}

async function checkKeys(deps: RotationDeps): Promise<void> {
  await rewrapKeys(deps);
  const madeBefore = new Date(deps.clock.now() - KEY_AGE_MS);
  await eachOrganization(deps, {
    read: (tx, page) => listOverdue(tx, { ...page, madeBefore }),
    work: (organizationId) => rotateKey(deps, systemActor(organizationId), { organizationId, madeBefore }),
  });
  await eachOrganization(deps, {
    read: listRetiring,
    work: (organizationId) => settleRotation(deps, organizationId),
  });
}

type Round = {
  read(tx: PlatformTx, page: { after: string; limit: number }): Promise<string[]>;
  work(organizationId: string): Promise<unknown>;
};

/** Does the work for each organization read, page by page; one that fails does not keep the others waiting. */
async function eachOrganization(deps: RotationDeps, { read, work }: Round): Promise<void> {
  for (let after = PLATFORM_ORGANIZATION; ; ) {
    const page = await deps.db.asPlatform(null, (tx) => read(tx, { after, limit: PAGE }));
    for (const organizationId of page) {
      if (deps.stopped?.()) return;
      await work(organizationId).catch((error: Error) => {
        const facts = { organization_id: organizationId, error: error.message };
        deps.log.error(facts, 'the key of an organization could not be rotated');
      });
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last;
  }
}
