// A slice of an organization's work: schedules that are due begin, and open jobs get lanes. It waits for no model.

import { systemActor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import type { SliceOutcome } from '../../../platform/queue/index.ts';
import { nextRun } from '../jobs/next-run.ts';
import {
  type At,
  addJob,
  copyRows,
  countRows,
  type JobRecord,
  lockJob,
  type RowRecord,
  updateJob,
} from '../jobs/store.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { actorOf, announceEnd } from './announce-end.ts';
import type { Lanes } from './create-lanes.ts';
import { placeOf } from './run-row.ts';
import { listOpenJobs, listSchedules } from './store.ts';

export type SliceDeps = PromptsDeps & {
  lanes: Lanes;
  take(tx: TenantTx, at: At, limit: number): Promise<RowRecord[]>;
};

/** While rows are under way or wait for their next attempt. */
const LOOK_MS = 1_000;

/** Does what is due now; says when to look again. */
export async function runSlice(
  deps: SliceDeps,
  { organizationId, signal }: { organizationId: string; signal: AbortSignal },
): Promise<SliceOutcome> {
  const actor = systemActor(organizationId);
  const next = await deps.db.as(actor, (tx) => fireDue(tx, deps, organizationId));
  const open = await deps.db.as(actor, (tx) => listOpenJobs(tx, organizationId));
  for (const job of open) {
    if (signal.aborted) break;
    const room = Math.min(job.concurrency - job.under_way, deps.lanes.roomFor(organizationId));
    if (room > 0) await openLanes(deps, job, job.mode === 'wait' ? 1 : room);
  }
  if (open.length > 0) return new Date(Date.now() + LOOK_MS);
  return next ?? 'done';
}

async function openLanes(deps: SliceDeps, job: JobRecord, room: number): Promise<void> {
  const rows = await deps.db.as(systemActor(job.organization_id), async (tx) => {
    const taken = await deps.take(tx, placeOf(job), room);
    if (taken.length === 0) await announceEnd(tx, { deps, job });
    return taken;
  });
  // Nobody waits any more for what a request waited for when its server died: it is ended, not run again.
  const carried = job.mode === 'wait' ? { ...job, attempts_max: 0 } : job;
  for (const row of rows) deps.lanes.open(carried, row);
}

/** Begins the schedules that are due; answers when the next one is. */
async function fireDue(tx: TenantTx, deps: SliceDeps, organizationId: string): Promise<Date | undefined> {
  const nowMs = deps.clock.now();
  const moments: number[] = [];
  for (const schedule of await listSchedules(tx, organizationId)) {
    const due = schedule.next_at?.getTime() ?? nowMs;
    const later = due <= nowMs ? await fire(tx, deps, schedule) : due;
    if (later !== undefined) moments.push(later);
  }
  return moments.length > 0 ? new Date(Math.min(...moments)) : undefined;
}

/** Begins a schedule: one with a calendar by a job of its own, once however often it was missed. Answers when it is due again. */
async function fire(tx: TenantTx, deps: SliceDeps, schedule: JobRecord): Promise<number | undefined> {
  const at = placeOf(schedule);
  const row = await lockJob(tx, at);
  if (row?.state !== 'scheduled') return undefined;
  const { cron, time_zone } = schedule;
  const actor = actorOf(schedule);
  const news = { subject_type: 'job', workspace_id: schedule.workspace_id };
  if (cron === null) {
    await updateJob(tx, at, { state: 'queued', next_at: null });
    await deps.events.announce(tx, actor, { ...news, type: 'job.due', subject_id: schedule.id });
    return undefined;
  }
  const id = newId();
  const { total = 0 } = (await countRows(tx, { ...at, jobIds: [schedule.id] })).get(schedule.id) ?? {};
  const { created_at: _c, started_at: _s, ended_at: _e, ...copied } = schedule;
  const child = { id, mode: total > 1 ? 'batch' : 'queue', state: 'queued', parent_id: schedule.id } as const;
  await addJob(tx, { ...copied, ...child, cron: null, time_zone: null, next_at: null }, []);
  await copyRows(tx, { ...at, jobId: id }, { jobId: schedule.id });
  const next = nextRun(cron, time_zone ?? 'UTC', deps.clock.now());
  await updateJob(tx, at, { next_at: next });
  const details = { mode: child.mode, rows: total, schedule: schedule.id, name: schedule.name };
  await deps.events.announce(tx, actor, { ...news, type: 'job.created', subject_id: id, details });
  return next.getTime();
}
