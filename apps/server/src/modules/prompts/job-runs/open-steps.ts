// The steps that every row goes through, whoever runs it: taken under a lease, run, written down.
import { systemActor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import type { At, JobRecord, RowRecord } from '../jobs/store.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { announceEnd } from './announce-end.ts';
import { keepLeases } from './keep-leases.ts';
import { placeOf, runRow, type ScoreRow } from './run-row.ts';
import { type RowEnd, recordRow, takeRows } from './store.ts';

/** Opens the steps of this server; `signal` ends the calls under way. */
export function openSteps(
  deps: PromptsDeps & { scoreRow: ScoreRow },
  { leaseMs, signal }: { leaseMs: number; signal: AbortSignal },
) {
  const leases = keepLeases(deps, leaseMs);
  const take = (tx: TenantTx, at: At, limit: number) => takeRows(tx, { at, limit, leaseMs, newId });
  const run = (job: JobRecord, row: RowRecord) => leases.hold(row, () => runRow(deps, { job, row, signal }));

  /** Writes down what came of a row, ends its job if that was the last one, and takes the next one if it goes on. */
  async function finish(
    job: JobRecord,
    row: RowRecord,
    { end, goesOn }: { end: RowEnd | undefined; goesOn: boolean },
  ): Promise<RowRecord | undefined> {
    const at = placeOf(job);
    return deps.db.as(systemActor(job.organization_id), async (tx) => {
      if (end) await recordRow(tx, { ...at, number: row.number, callId: row.call_id! }, end);
      const [next] = goesOn ? await take(tx, at, 1) : [];
      if (!next) await announceEnd(tx, { deps, job });
      return next;
    });
  }

  /** Runs the only row of a job to its end, with the pauses between its attempts; what was refused for now has failed, because somebody waits. */
  async function runToEnd(job: JobRecord, first: RowRecord): Promise<void> {
    for (let row: RowRecord | undefined = first; row; ) {
      const came: RowEnd | undefined = await run(job, row);
      const isRefused = came?.state === 'waiting' && came.isUncounted;
      const end: RowEnd | undefined = isRefused ? { ...came, state: 'failed' } : came;
      await finish(job, row, { end, goesOn: false });
      if (end?.state !== 'waiting') return;
      await new Promise((resolve) => setTimeout(resolve, end.waitMs));
      [row] = await deps.db.as(systemActor(job.organization_id), (tx) => take(tx, placeOf(job), 1));
    }
  }

  return { take, run, finish, runToEnd, stop: leases.stop };
}
