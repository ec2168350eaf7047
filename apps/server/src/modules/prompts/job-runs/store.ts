// Queries of the runner: which jobs are open, taking their rows, and writing down what came of them. Moments are the
// database's own, so that the servers' clocks do not matter.
import { type Kysely, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { AnswerFacts } from '../calls/ask-model.ts';
import type { At, JobRecord, RowRecord } from '../jobs/store.ts';
import type { PromptTables } from '../tables.ts';

const on = (tx: TenantTx) => tx.$extendTables<PromptTables>() as unknown as Kysely<PromptTables>;
const leased = (ms: number) => sql<Date>`now() + ${ms} * interval '1 millisecond'`;

/** Jobs of the organization that have rows to run, with how many of these are under way; the oldest first. */
export async function listOpenJobs(
  tx: TenantTx,
  organizationId: string,
): Promise<(JobRecord & { under_way: number })[]> {
  return on(tx)
    .selectFrom('jobs')
    .selectAll()
    .select(
      sql<number>`(select count(*)::int from job_rows r where r.organization_id = jobs.organization_id and r.job_id = jobs.id
        and r.state in ('running', 'answered') and r.lease_until >= now())`.as('under_way'),
    )
    .where('organization_id', '=', organizationId)
    .where('state', 'in', ['queued', 'running'])
    .orderBy('id')
    .limit(100)
    .execute();
}

/** Schedules of the organization, the one due first before the others. */
export async function listSchedules(tx: TenantTx, organizationId: string): Promise<JobRecord[]> {
  return on(tx)
    .selectFrom('jobs')
    .selectAll()
    .where('organization_id', '=', organizationId)
    .where('state', '=', 'scheduled')
    .orderBy('next_at')
    .limit(100)
    .execute();
}

export type Take = { at: At; limit: number; leaseMs: number; newId(): string };

/** Takes rows that wait, and rows that were left by a server that died, for so long; each gets the id of its next call. */
export async function takeRows(tx: TenantTx, { at, limit, leaseMs, newId }: Take): Promise<RowRecord[]> {
  const rows = await on(tx)
    .selectFrom('job_rows')
    .selectAll()
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('job_id', '=', at.jobId)
    .where((e) =>
      e.or([
        e.and([
          e('state', '=', 'waiting'),
          e.or([e('not_before', 'is', null), e('not_before', '<=', sql<Date>`now()`)]),
        ]),
        e.and([e('state', 'in', ['running', 'answered']), e('lease_until', '<', sql<Date>`now()`)]),
      ]),
    )
    .orderBy('number')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
  if (rows.length === 0) return [];
  await markRunning(tx, at);
  const taken: RowRecord[] = [];
  for (const row of rows) {
    const begun =
      row.state === 'answered'
        ? { lease_until: leased(leaseMs) }
        : {
            state: 'running' as const,
            attempts: row.attempts + 1,
            call_id: newId(),
            lease_until: leased(leaseMs),
            started_at: row.started_at ?? sql<Date>`now()`,
          };
    taken.push(
      await on(tx)
        .updateTable('job_rows')
        .set(begun)
        .where('organization_id', '=', at.organizationId)
        .where('job_id', '=', at.jobId)
        .where('number', '=', row.number)
        .returningAll()
        .executeTakeFirstOrThrow(),
    );
  }
  return taken;
}

async function markRunning(tx: TenantTx, at: At): Promise<void> {
  await on(tx)
    .updateTable('jobs')
    .set({ state: 'running', started_at: sql<Date>`coalesce(started_at, now())` })
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.jobId)
    .where((e) => e.or([e('state', '=', 'queued'), e('started_at', 'is', null)]))
    .where('state', 'in', ['queued', 'running'])
    .execute();
}

export type RowAt = At & { number: number; callId: string };

const ofCall = (tx: TenantTx, at: RowAt) =>
  on(tx)
    .updateTable('job_rows')
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('job_id', '=', at.jobId)
    .where('number', '=', at.number)
    .where('call_id', '=', at.callId)
    .where('state', 'in', ['running', 'answered']);

/** Keeps an answer before its call is settled: from then on the row is not asked again. */
export async function keepRowAnswer(tx: TenantTx, at: RowAt, answer: string): Promise<void> {
  await ofCall(tx, at).set({ state: 'answered', answer }).execute();
}

export type RowEnd = Omit<AnswerFacts, 'state'> & {
  state: 'waiting' | 'succeeded' | 'failed';
  /** For `waiting`: after so long. */
  waitMs?: number;
  /** The attempt did not come to a call. */
  isUncounted?: boolean;
  scores?: unknown;
  isPassed?: boolean | undefined;
};

/** Writes down what came of a row, unless somebody else has taken it over meanwhile. */
export async function recordRow(tx: TenantTx, at: RowAt, end: RowEnd): Promise<void> {
  const { waitMs = 0, isUncounted = false, scores, isPassed, cost_micros, state, ...facts } = end;
  const isEnd = state !== 'waiting';
  await ofCall(tx, at)
    .set({
      ...facts,
      state: isEnd
        ? state
        : sql<'waiting'>`case when exists (select from jobs j where j.organization_id = job_rows.organization_id
        and j.id = job_rows.job_id and j.state = 'cancelled') then 'cancelled' else 'waiting' end`,
      // What earlier attempts cost stays in it; a price that is not known leaves the sum unknown.
      cost_micros: sql<number | null>`case when attempts <= 1 or cost_micros is not null
        then coalesce(cost_micros, 0) + ${cost_micros}::bigint end`,
      attempts: isUncounted ? sql<number>`greatest(0, attempts - 1)` : sql<number>`attempts`,
      not_before: isEnd ? null : leased(waitMs),
      lease_until: null,
      scores: scores === undefined ? null : JSON.stringify(scores),
      is_passed: isPassed ?? null,
      ended_at: isEnd ? sql<Date>`now()` : null,
    })
    .execute();
}

/** Keeps rows under way from being taken over. */
export async function renewRows(
  tx: TenantTx,
  rows: { organizationId: string; callIds: string[]; leaseMs: number },
): Promise<void> {
  await on(tx)
    .updateTable('job_rows')
    .set({ lease_until: leased(rows.leaseMs) })
    .where('organization_id', '=', rows.organizationId)
    .where('call_id', 'in', rows.callIds)
    .where('state', 'in', ['running', 'answered'])
    .execute();
}

export type Ended = { state: 'succeeded' | 'failed'; succeeded: number; failed: number };

/** Ends a job whose rows have all ended: failed when none of them succeeded. Undefined while it goes on, or has ended. */
export async function endJob(tx: TenantTx, at: At): Promise<Ended | undefined> {
  const job = await on(tx)
    .selectFrom('jobs')
    .select('id')
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.jobId)
    .where('state', 'in', ['queued', 'running'])
    .forUpdate()
    .executeTakeFirst();
  if (!job) return undefined;
  const count = (state: string) => sql<number>`(count(*) filter (where state = ${state}))::int`;
  const rows = await on(tx)
    .selectFrom('job_rows')
    .select([count('succeeded').as('succeeded'), count('failed').as('failed')])
    .select(
      sql<number>`(count(*) filter (where state in ('waiting', 'running', 'answered')))::int`.as('open'),
    )
    .where('organization_id', '=', at.organizationId)
    .where('job_id', '=', at.jobId)
    .executeTakeFirstOrThrow();
  if (rows.open > 0) return undefined;
  const state = rows.succeeded > 0 ? 'succeeded' : 'failed';
  await on(tx)
    .updateTable('jobs')
    .set({ state, ended_at: sql<Date>`now()` })
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.jobId)
    .execute();
  return { state, succeeded: rows.succeeded, failed: rows.failed };
}
