// Forgets what the request log kept for longer than an organization wants. Once an hour, by one server at a time.
import { systemActor } from '../../../platform/actor.ts';
import { NoSuchOrganization } from '../../../platform/db/door.ts';
import { leadWork } from '../../../platform/db/lead-work.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { deleteLogRows } from './store.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Rows of one transaction, so that none holds others up. */
const ROWS_AT_ONCE = 5_000;

/** Makes the upkeep of the log; `start` begins to repeat it. */
export function createLogRetention(deps: GatewayDeps, rowsAtOnce = ROWS_AT_ONCE) {
  let timer: NodeJS.Timeout | undefined;

  /** Forgets what is too old of one organization; returns how many rows. */
  async function forgetLogs(organizationId: string): Promise<number> {
    const { retention } = await deps.tenancy.getConfiguration(organizationId);
    if (retention.log_days === null) return 0;
    const before = new Date(deps.clock.now() - retention.log_days * DAY_MS);
    let forgotten = 0;
    for (;;) {
      const rows = await deps.db.as(systemActor(organizationId), (tx) =>
        deleteLogRows(tx, organizationId, { before, limit: rowsAtOnce }),
      );
      forgotten += rows;
      if (rows < rowsAtOnce) return forgotten;
    }
  }

  async function forgetAll(): Promise<void> {
    for await (const organizationId of deps.tenancy.eachOrganization())
      await forgetLogs(organizationId).catch((error: unknown) => {
        if (error instanceof NoSuchOrganization) return;
        const facts = { organization_id: organizationId, error: (error as Error).message };
        deps.log.warn(facts, 'old rows of the request log could not be deleted');
      });
  }

  return {
    forgetLogs,
    start() {
      const lead = () => leadWork(deps.db.clusters.get('main'), 'request log retention', forgetAll);
      const report = (error: Error) =>
        deps.log.warn({ error: error.message }, 'request log retention failed');
      timer = setInterval(() => void lead().catch(report), HOUR_MS).unref();
    },
    stop: () => clearInterval(timer),
  };
}
