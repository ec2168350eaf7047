// Queries on jobs. Their rows are asked for in job-runs/store.ts.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { JobRowsTable, JobState, JobsTable, PromptTables } from '../tables.ts';

export type JobRecord = Selectable<JobsTable>;
export type RowRecord = Selectable<JobRowsTable>;
type Place = { organizationId: string; workspaceId: string };
export type At = Place & { jobId: string };

const columns = [
  'organization_id',
  'id',
  'workspace_id',
  'name',
  'purpose',
  'mode',
  'state',
  'template',
  'prompt_id',
  'prompt_number',
  'concurrency',
  'attempts_max',
  'cron',
  'time_zone',
  'next_at',
  'parent_id',
  'actor_kind',
  'actor_id',
  'actor_name',
  'created_at',
  'started_at',
  'ended_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<PromptTables>() as unknown as Kysely<PromptTables>;

const within = (tx: TenantTx, at: Place) =>
  on(tx)
    .selectFrom('jobs')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId);

/** One job of the workspace. */
export async function findJob(tx: TenantTx, at: At): Promise<JobRecord | undefined> {
  return within(tx, at).where('id', '=', at.jobId).executeTakeFirst();
}

/** One job, kept from changing until the transaction ends. */
export async function lockJob(tx: TenantTx, at: At): Promise<JobRecord | undefined> {
  return within(tx, at).where('id', '=', at.jobId).forUpdate().executeTakeFirst();
}

export type JobFilter = {
  state?: JobRecord['state'] | undefined;
  mode?: JobRecord['mode'] | undefined;
  parentId?: string | undefined;
};

/** A page of jobs (without evaluations), newest first; reads one more than `limit`. */
export async function listJobs(
  tx: TenantTx,
  page: Place & JobFilter & { limit: number; before: string | undefined },
): Promise<JobRecord[]> {
  let query = within(tx, page).where('purpose', '=', 'job');
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  if (page.state !== undefined) query = query.where('state', '=', page.state);
  if (page.mode !== undefined) query = query.where('mode', '=', page.mode);
  if (page.parentId !== undefined) query = query.where('parent_id', '=', page.parentId);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** How many jobs of the organization have not ended; holds others who would add one back until the transaction ends. */
export async function countOpenJobs(tx: TenantTx, organizationId: string): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`jobs ${organizationId}`}, 0))`.execute(tx);
  const row = await on(tx)
    .selectFrom('jobs')
    .select(sql<number>`count(*)::int`.as('n'))
    .where('organization_id', '=', organizationId)
    .where('state', 'in', ['scheduled', 'queued', 'running'])
    .executeTakeFirstOrThrow();
  return row.n;
}

export type NewJob = Omit<JobRecord, 'created_at' | 'started_at' | 'ended_at'>;
const ROWS_AT_ONCE = 500;

/** Adds a job with its rows, which are numbered from 1. */
export async function addJob(
  tx: TenantTx,
  row: NewJob,
  contexts: readonly Record<string, unknown>[],
): Promise<void> {
  await on(tx)
    .insertInto('jobs')
    .values({ ...row, template: JSON.stringify(row.template) })
    .execute();
  for (let start = 0; start < contexts.length; start += ROWS_AT_ONCE) {
    const part = JSON.stringify(contexts.slice(start, start + ROWS_AT_ONCE));
    await sql`insert into job_rows (organization_id, job_id, number, workspace_id, context, state)
      select ${row.organization_id}::uuid, ${row.id}::uuid, ${start}::int + c.number::int, ${row.workspace_id}::uuid, c.context,
        'waiting' from jsonb_array_elements(${part}::jsonb) with ordinality as c (context, number)`.execute(
      tx,
    );
  }
}

/** Gives a job the same rows as another one. */
export async function copyRows(tx: TenantTx, at: At, from: { jobId: string }): Promise<void> {
  await sql`insert into job_rows (organization_id, job_id, number, workspace_id, context, state)
    select organization_id, ${at.jobId}::uuid, number, workspace_id, context, 'waiting' from job_rows
    where organization_id = ${at.organizationId}::uuid and workspace_id = ${at.workspaceId}::uuid
      and job_id = ${from.jobId}::uuid`.execute(tx);
}

/** Changes what is given of a job. */
export async function updateJob(
  tx: TenantTx,
  at: At,
  change: { state?: JobState; mode?: JobRecord['mode']; next_at?: Date | null; ended_at?: Date | null },
): Promise<void> {
  await on(tx)
    .updateTable('jobs')
    .set(change)
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('id', '=', at.jobId)
    .execute();
}

/** Deletes a job with its rows. */
export async function deleteJob(tx: TenantTx, at: At): Promise<void> {
  await on(tx)
    .deleteFrom('jobs')
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('id', '=', at.jobId)
    .execute();
}

export type RowCounts = { total: number } & Record<RowRecord['state'], number>;

/** How many rows of each job are in which state. */
export async function countRows(
  tx: TenantTx,
  at: Place & { jobIds: string[] },
): Promise<Map<string, RowCounts>> {
  if (at.jobIds.length === 0) return new Map();
  const rows = await on(tx)
    .selectFrom('job_rows')
    .select(['job_id', 'state', sql<number>`count(*)::int`.as('n')])
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('job_id', 'in', at.jobIds)
    .groupBy(['job_id', 'state'])
    .execute();
  const none = { total: 0, waiting: 0, running: 0, answered: 0, succeeded: 0, failed: 0, cancelled: 0 };
  const counts = new Map(at.jobIds.map((id) => [id, { ...none }]));
  for (const { job_id, state, n } of rows) {
    const own = counts.get(job_id)!;
    own[state] = n;
    own.total += n;
  }
  return counts;
}

/** Rows of a job after `after`, in their order; reads one more than `limit`. */
export async function listRows(
  tx: TenantTx,
  at: At,
  page: {
    limit: number;
    after: number;
    state?: RowRecord['state'] | undefined;
    isPassed?: boolean | undefined;
  },
): Promise<RowRecord[]> {
  let query = on(tx)
    .selectFrom('job_rows')
    .selectAll()
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('job_id', '=', at.jobId)
    .where('number', '>', page.after);
  if (page.state !== undefined) query = query.where('state', '=', page.state);
  if (page.isPassed !== undefined) query = query.where('is_passed', 'is not distinct from', page.isPassed);
  return query
    .orderBy('number')
    .limit(page.limit + 1)
    .execute();
}

/** Ends the rows of a job that are not under way; what is under way is recorded when it ends. */
export async function cancelRows(tx: TenantTx, at: At): Promise<void> {
  await on(tx)
    .updateTable('job_rows')
    .set({ state: 'cancelled', ended_at: new Date() })
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('job_id', '=', at.jobId)
    .where('state', '=', 'waiting')
    .execute();
}

/** Lets failed and cancelled rows wait again, with all their attempts; answers how many. */
export async function reviveRows(tx: TenantTx, at: At): Promise<number> {
  const fresh = { state: 'waiting', attempts: 0, not_before: null, ended_at: null } as const;
  const done = await on(tx)
    .updateTable('job_rows')
    .set({ ...fresh, error: null, error_code: null, scores: null, is_passed: null })
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('job_id', '=', at.jobId)
    .where('state', 'in', ['failed', 'cancelled'])
    .executeTakeFirst();
  return Number(done.numUpdatedRows);
}
