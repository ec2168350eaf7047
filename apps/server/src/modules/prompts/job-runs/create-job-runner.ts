// Runs the rows of jobs on this server, beside the queue that says where there are any: a slice only starts lanes, and a lane
// takes one row after the other, each under a lease of its own. A killed server's leases run out, and another server goes on.

import { systemActor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import type { Queue } from '../../../platform/queue/index.ts';
import type { At, JobRecord, NewJob, RowRecord } from '../jobs/store.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { announceEnd } from './announce-end.ts';
import { createLanes } from './create-lanes.ts';
import { keepLeases } from './keep-leases.ts';
import { placeOf, runRow, type ScoreRow } from './run-row.ts';
import { runSlice } from './run-slice.ts';
import { type RowEnd, recordRow, takeRows } from './store.ts';

export type RunnerDeps = PromptsDeps & { queue: Pick<Queue, 'tell' | 'on'>; scoreRow: ScoreRow };
export type RunnerOptions = {
  /** How long a row is this server's without being renewed. Default 30 s. */
  leaseMs?: number;
};
export type JobRunner = ReturnType<typeof createJobRunner>;

export const KIND = 'jobs';
const LEASE_MS = 30_000;
/** When somebody looks after a job that a request waits for, should its server die. */
const WAITED_MS = 60_000;
/** How long calls under way may take when the server stops. */
const GRACE_MS = 10_000;

/** Makes the runner; the queue calls it. */
export function createJobRunner(deps: RunnerDeps, { leaseMs = LEASE_MS }: RunnerOptions = {}) {
  const stopping = new AbortController();
  const leases = keepLeases(deps, leaseMs);
  const take = (tx: TenantTx, at: At, limit: number) => takeRows(tx, { at, limit, leaseMs, newId });

  /** Runs a row and writes down what came of it. `isFinal` lets nothing wait that was not asked at all. */
  async function run(job: JobRecord, row: RowRecord, isFinal = false): Promise<RowEnd | undefined> {
    const end = await leases.hold(row, () => runRow(deps, { job, row, signal: stopping.signal }));
    return isFinal && end?.state === 'waiting' && end.isUncounted ? { ...end, state: 'failed' } : end;
  }
  async function finish(job: JobRecord, row: RowRecord, end: RowEnd | undefined, goesOn: boolean) {
    const at = placeOf(job);
    return deps.db.as(systemActor(job.organization_id), async (tx) => {
      if (end) await recordRow(tx, { ...at, number: row.number, callId: row.call_id! }, end);
      const [next] = goesOn ? await take(tx, at, 1) : [];
      if (!next) await announceEnd(tx, { deps, job });
      return next;
    });
  }
  const lanes = createLanes(deps, { run, finish, isOpen: () => !isDraining });
  let isDraining = false;

  /** Runs the only row of a job to its end, with the pauses between its attempts. */
  async function runToEnd(job: JobRecord, first: RowRecord): Promise<void> {
    for (let row: RowRecord | undefined = first; row; ) {
      const end: RowEnd | undefined = await run(job, row, true);
      row = await finish(job, row, end, false);
      if (end?.state !== 'waiting') return;
      await new Promise((resolve) => setTimeout(resolve, end.waitMs));
      [row] = await deps.db.as(systemActor(job.organization_id), (tx) => take(tx, placeOf(job), 1));
    }
  }

  deps.queue.on(KIND, {
    slice: ({ organizationId, signal }) => runSlice({ ...deps, lanes, take }, { organizationId, signal }),
  });
  return {
    tell: (tx: TenantTx, organizationId: string) => deps.queue.tell(tx, organizationId, KIND),
    /** Takes a new job on in the transaction that makes it; for one that is waited for, gives what to call after the commit. */
    async enter(tx: TenantTx, at: At, job: NewJob): Promise<(() => Promise<void>) | undefined> {
      const { organizationId } = at;
      const waited = job.mode === 'wait';
      const [row] = waited ? await take(tx, at, 1) : [];
      const due = waited ? new Date(Date.now() + WAITED_MS) : job.next_at;
      await deps.queue.tell(tx, organizationId, KIND, due ? { at: due } : {});
      return row && (() => runToEnd(job as JobRecord, row));
    },
    /** Lets calls under way end, for some seconds; what is left is taken over by another server. */
    async stop(): Promise<void> {
      isDraining = true;
      const timer = setTimeout(() => stopping.abort(), GRACE_MS);
      await lanes.whenIdle();
      clearTimeout(timer);
      leases.stop();
    },
  };
}
