// Carries on, on every server, with re-ratings that a request did not finish or a crash left.
import type { Log } from '../../../platform/log.ts';
import type { Ledger } from '../ledger/index.ts';
import { type RatingDeps, workAt } from './re-rate-usage.ts';
import { findUnfinished } from './store.ts';

type Deps = Pick<RatingDeps, 'db' | 'prices'> & { log: Pick<Log, 'warn'> };

/** How long one turn takes at most, in milliseconds; and how long one organization has of it before the next one's turn. */
const TURN_MS = 60_000;
const SHARE_MS = 2_000;

/** Makes the turns of one cluster: each answers how many re-ratings it finished, at once when another is under way. */
export function createRatingTurns(deps: Deps, ledger: Pick<Ledger, 'listUnfinishedReRatings'>) {
  let underWay: Promise<number> | undefined;
  let isStopped = false;

  async function turn(): Promise<number> {
    const deadline = performance.now() + TURN_MS;
    let finished = 0;
    // Round after round, so that a long re-rating of one organization does not keep the others waiting.
    while (!isStopped && performance.now() < deadline) {
      const organizationIds = await ledger.listUnfinishedReRatings();
      if (organizationIds.length === 0) break;
      const round = await workForAll(organizationIds, deadline);
      finished += round.finished;
      if (round.failed === organizationIds.length) break;
    }
    return finished;
  }

  async function workForAll(organizationIds: string[], deadline: number) {
    await deps.prices.refresh();
    const round = { finished: 0, failed: 0 };
    for (const organizationId of organizationIds) {
      if (isStopped || performance.now() > deadline) break;
      round.finished += await workForOne(deps, organizationId, performance.now() + SHARE_MS).catch(
        (error: Error) => {
          deps.log.warn({ organization_id: organizationId, error: error.message }, 're-rating failed');
          round.failed++;
          return 0;
        },
      );
    }
    return round;
  }

  return {
    async take(): Promise<number> {
      if (underWay || isStopped) return 0;
      underWay = turn().finally(() => {
        underWay = undefined;
      });
      return underWay;
    },
    async stop(): Promise<void> {
      isStopped = true;
      await underWay?.catch(() => {});
    },
  };
}

async function workForOne(deps: Deps, organizationId: string, deadline: number): Promise<number> {
  let finished = 0;
  while (performance.now() < deadline) {
    const row = await deps.db.as({ organization_id: organizationId, workspaces: '*' }, (tx) =>
      findUnfinished(tx, organizationId),
    );
    if (!row) break;
    if ((await workAt(deps, row, deadline)).state === 'done') finished++;
  }
  return finished;
}
