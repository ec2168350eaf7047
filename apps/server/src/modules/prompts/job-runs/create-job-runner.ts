// Runs the rows of jobs on this server, beside the queue that says where there are any: a slice only starts lanes, and a lane
// takes one row after the other, each under a lease of its own. A killed server's leases run out, and another server goes on.
import type { TenantTx } from '../../../platform/db/door.ts';
import type { Queue } from '../../../platform/queue/index.ts';
import type { At, JobRecord, NewJob } from '../jobs/store.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { createLanes } from './create-lanes.ts';
import { openSteps } from './open-steps.ts';
import type { ScoreRow } from './run-row.ts';
import { runSlice } from './run-slice.ts';

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
  let isDraining = false;
  const steps = openSteps(deps, { leaseMs, signal: stopping.signal });
  const lanes = createLanes(deps, { ...steps, isOpen: () => !isDraining });
  deps.queue.on(KIND, { slice: (turn) => runSlice({ ...deps, lanes, take: steps.take }, turn) });
  return {
    tell: (tx: TenantTx, organizationId: string) => deps.queue.tell(tx, organizationId, KIND),
    /** Takes a new job on in the transaction that makes it; for one that is waited for, gives what to call after the commit. */
    async enter(tx: TenantTx, at: At, job: NewJob): Promise<(() => Promise<void>) | undefined> {
      const isWaited = job.mode === 'wait';
      const [row] = isWaited ? await steps.take(tx, at, 1) : [];
      const due = isWaited ? new Date(Date.now() + WAITED_MS) : job.next_at;
      await deps.queue.tell(tx, at.organizationId, KIND, due ? { at: due } : {});
      return row && (() => steps.runToEnd(job as JobRecord, row));
    },
    /** Lets calls under way end, for some seconds; what is left is taken over by another server. */
    async stop(): Promise<void> {
      isDraining = true;
      const timer = setTimeout(() => stopping.abort(), GRACE_MS);
      await lanes.whenIdle();
      clearTimeout(timer);
      steps.stop();
    },
  };
}
