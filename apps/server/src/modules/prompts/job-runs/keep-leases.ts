// The leases of rows that this server has under way: renewed together, an organization at a time, until each row has ended.
import { systemActor } from '../../../platform/actor.ts';
import type { RowRecord } from '../jobs/store.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { renewRows } from './store.ts';

/** Begins to keep leases; `hold` keeps that of a row while the work on it goes on. */
export function keepLeases({ db, log }: Pick<PromptsDeps, 'db' | 'log'>, leaseMs: number) {
  const held = new Map<string, Set<string>>();

  async function renew(): Promise<void> {
    for (const [organizationId, callIds] of held)
      await db
        .as(systemActor(organizationId), (tx) =>
          renewRows(tx, { organizationId, callIds: [...callIds], leaseMs }),
        )
        .catch((error: Error) =>
          log.warn(
            { organization_id: organizationId, error: error.message },
            'rows of jobs were not renewed',
          ),
        );
  }
  const timer = setInterval(() => void renew(), leaseMs / 3);
  timer.unref();

  return {
    async hold<T>({ organization_id, call_id }: RowRecord, work: () => Promise<T>): Promise<T> {
      const own = held.get(organization_id) ?? new Set();
      held.set(organization_id, own.add(call_id!));
      try {
        return await work();
      } finally {
        own.delete(call_id!);
        if (own.size === 0) held.delete(organization_id);
      }
    },
    stop: () => clearInterval(timer),
  };
}
