// Reading jobs: how far each is, what it has cost, and its rows.
import { problem } from '@insula/contract';
import { type job, jobProblem, type jobRow } from '@insula/contract/jobs';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import { sumRuns } from '../../gateway/index.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import type { Settings } from '../templates/read-template.ts';
import {
  countRows,
  findJob,
  type JobFilter,
  type JobRecord,
  listRows,
  type RowRecord,
  listJobs as readJobs,
} from './store.ts';

export type Job = z.output<typeof job>;
export type JobRow = z.output<typeof jobRow>;
type Named = { workspace_id: string; job_id: string };

const textOf = (moment: Date | null) => moment?.toISOString() ?? null;

/** A row as the contract shows it. */
export function presentRow(row: RowRecord): JobRow {
  const { number, state, attempts, answer, error_code, error, provider, model } = row;
  const { input_tokens, output_tokens, currency, latency_ms, call_id } = row;
  return {
    ...{
      number,
      state,
      context: row.context as Record<string, unknown>,
      attempts,
      answer,
      error_code,
      error,
    },
    ...{ provider, model, input_tokens, output_tokens, currency, latency_ms, call_id },
    cost_micros: row.cost_micros === null ? null : Number(row.cost_micros),
    started_at: textOf(row.started_at),
    ended_at: textOf(row.ended_at),
  };
}

/** Makes the function that presents some jobs of one workspace, with what was counted for them. */
export async function openJobPresenter(tx: TenantTx, jobs: readonly JobRecord[]) {
  const [first] = jobs;
  const jobIds = jobs.map(({ id }) => id);
  const place = { organizationId: first?.organization_id ?? '', workspaceId: first?.workspace_id ?? '' };
  const counts = await countRows(tx, { ...place, jobIds });
  const costs = await sumRuns(tx, { organizationId: place.organizationId, runIds: jobIds });
  const results = new Map<string, JobRow>();
  for (const { id } of jobs) {
    if (counts.get(id)?.total !== 1) continue;
    const [row] = await listRows(tx, { ...place, jobId: id }, { limit: 1, after: 0 });
    if (row) results.set(id, presentRow(row));
  }
  return (row: JobRecord): Job => {
    const { waiting, running, answered, ...ended } = counts.get(row.id)!;
    const { id, workspace_id, name, purpose, mode, state, prompt_id, concurrency, attempts_max } = row;
    return {
      ...{ id, workspace_id, name, purpose, mode, state, prompt_id, prompt_version: row.prompt_number },
      settings: (row.template as { settings: Settings }).settings,
      rows: { ...ended, waiting, running: running + answered },
      ...(costs.get(id) ?? { cost_micros: 0, currency: null }),
      ...{
        concurrency,
        attempts_max,
        cron: row.cron,
        time_zone: row.time_zone,
        next_at: textOf(row.next_at),
      },
      ...{ parent_id: row.parent_id, result: results.get(id) ?? null },
      author: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
      created_at: row.created_at.toISOString(),
      started_at: textOf(row.started_at),
      ended_at: textOf(row.ended_at),
    };
  };
}

/** A page of jobs, newest first; throws `workspace_not_found`. */
export async function listJobs(
  deps: PromptsDeps,
  actor: Actor,
  input: {
    workspace_id: string;
    limit: number;
    cursor?: string | undefined;
    state?: JobFilter['state'];
    mode?: JobFilter['mode'];
    parent_id?: string | undefined;
  },
): Promise<{ data: Job[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  const { state, mode, parent_id: parentId, limit } = input;
  return deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, place);
    const rows = await readJobs(tx, { ...place, state, mode, parentId, limit, before });
    const present = await openJobPresenter(tx, rows.slice(0, limit));
    return pageOf(rows, limit, (row) => present(row as JobRecord));
  });
}

/** One job; throws `job_not_found`. */
export async function getJob(deps: PromptsDeps, actor: Actor, input: Named): Promise<Job> {
  return deps.db.as(actor, (tx) => readJob(tx, actor, input));
}

/** The same in a transaction that is open already. */
export async function readJob(tx: TenantTx, actor: Actor, input: Named): Promise<Job> {
  const at = { organizationId: actor.organization_id, workspaceId: input.workspace_id, jobId: input.job_id };
  const row = await findJob(tx, at);
  if (!row) throw jobProblem('job_not_found');
  return (await openJobPresenter(tx, [row]))(row);
}

/** A page of a job's rows in their order; throws `job_not_found`. */
export async function listJobRows(
  deps: PromptsDeps,
  actor: Actor,
  input: Named & { limit: number; cursor?: string | undefined; state?: RowRecord['state'] | undefined },
): Promise<{ data: JobRow[]; next_cursor: string | null }> {
  const at = { organizationId: actor.organization_id, workspaceId: input.workspace_id, jobId: input.job_id };
  const { limit, state } = input;
  const after = numberOfCursor(input.cursor);
  const rows = await deps.db.as(actor, async (tx) => {
    if (!(await findJob(tx, at))) throw jobProblem('job_not_found');
    return listRows(tx, at, { limit, after, state });
  });
  const data = rows.slice(0, limit).map(presentRow);
  return { data, next_cursor: rows.length > limit ? String(data.at(-1)!.number) : null };
}

/** The number in the cursor of a list of numbered rows; throws `invalid_request`. */
export function numberOfCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (!/^[1-9]\d{0,8}$/.test(cursor))
    throw problem('invalid_request', { detail: 'cursor: send the next_cursor of an earlier answer.' });
  return Number(cursor);
}
