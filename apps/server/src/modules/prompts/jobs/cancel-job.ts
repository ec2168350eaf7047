// Ending a job early, trying its failed rows again, and deleting it.
import { jobProblem } from '@insula/contract/jobs';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { JobsDeps } from './create-job.ts';
import { type Job, readJob } from './list-jobs.ts';
import { cancelRows, deleteJob, type JobRecord, lockJob, reviveRows, updateJob } from './store.ts';

type Named = { workspace_id: string; job_id: string };
const isOpen = ({ state }: JobRecord) => ['scheduled', 'queued', 'running'].includes(state);
const placeOf = (actor: Actor, input: Named) => ({
  organizationId: actor.organization_id,
  workspaceId: input.workspace_id,
  jobId: input.job_id,
});

/** Cancels a job or a schedule and announces `job.cancelled`: rows that wait are not asked, calls under way end and are recorded. */
export async function cancelJob(deps: JobsDeps, actor: Actor, input: Named): Promise<Job> {
  const at = placeOf(actor, input);
  return deps.db.as(actor, async (tx) => {
    const row = await requireJob(tx, at);
    if (!isOpen(row)) throw jobProblem('job_ended', { state: row.state });
    await cancelRows(tx, at);
    await updateJob(tx, at, { state: 'cancelled', ended_at: new Date(deps.clock.now()), next_at: null });
    await announce(tx, { deps, actor, row, type: 'job.cancelled' });
    return readJob(tx, actor, input);
  });
}

/** Asks the failed and cancelled rows of a job again and announces `job.retried`; throws `job_has_no_failed_rows`. */
export async function retryJob(deps: JobsDeps, actor: Actor, input: Named): Promise<Job> {
  const at = placeOf(actor, input);
  return deps.db.as(actor, async (tx) => {
    const row = await requireJob(tx, at);
    if (row.mode === 'schedule') throw jobProblem('job_has_no_failed_rows');
    if ((await reviveRows(tx, at)) === 0) throw jobProblem('job_has_no_failed_rows');
    const mode = row.mode === 'wait' ? 'queue' : row.mode; // nobody waits for it this time
    await updateJob(tx, at, { state: 'queued', mode, ended_at: null });
    await announce(tx, { deps, actor, row, type: 'job.retried' });
    await deps.runner.tell(tx, at.organizationId);
    return readJob(tx, actor, input);
  });
}

/** Deletes a job that has ended, with its rows, and announces `job.removed`; what its calls cost stays in the ledger. */
export async function removeJob(
  deps: JobsDeps,
  actor: Actor,
  input: Named,
): Promise<{ id: string; deleted: true }> {
  const at = placeOf(actor, input);
  return deps.db.as(actor, async (tx) => {
    const row = await requireJob(tx, at);
    if (isOpen(row)) throw jobProblem('job_under_way', { state: row.state });
    await deleteJob(tx, at);
    await announce(tx, { deps, actor, row, type: 'job.removed' });
    return { id: row.id, deleted: true };
  });
}

async function requireJob(tx: TenantTx, at: ReturnType<typeof placeOf>): Promise<JobRecord> {
  const row = await lockJob(tx, at);
  if (!row) throw jobProblem('job_not_found');
  return row;
}

type News = { deps: JobsDeps; actor: Actor; row: JobRecord; type: string };

async function announce(tx: TenantTx, { deps, actor, row, type }: News): Promise<void> {
  await deps.events.announce(tx, actor, {
    type,
    subject_type: 'job',
    subject_id: row.id,
    workspace_id: row.workspace_id,
    details: { name: row.name, mode: row.mode, purpose: row.purpose },
  });
}
