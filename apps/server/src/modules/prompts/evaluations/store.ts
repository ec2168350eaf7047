// Queries on evaluations and gates. The calls of an evaluation are the rows of the job with the same id.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { EvaluationsTable, PromptGatesTable, PromptTables } from '../tables.ts';

export type EvaluationRecord = Selectable<EvaluationsTable>;
export type GateRecord = Selectable<PromptGatesTable>;
type Place = { organizationId: string; workspaceId: string };
type OfPrompt = Place & { promptId: string };

const columns = [
  'organization_id',
  'id',
  'workspace_id',
  'prompt_id',
  'number',
  'dataset_id',
  'assertions',
] as const;
const gateColumns = [
  'organization_id',
  'prompt_id',
  'label',
  'workspace_id',
  'dataset_id',
  'minimum_pass_rate',
  'created_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<PromptTables>() as unknown as Kysely<PromptTables>;

const within = (tx: TenantTx, at: Place) =>
  on(tx)
    .selectFrom('evaluations')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId);

/** One evaluation of the workspace. */
export async function findEvaluation(
  tx: TenantTx,
  at: Place & { id: string },
): Promise<EvaluationRecord | undefined> {
  return within(tx, at).where('id', '=', at.id).executeTakeFirst();
}

/** A page of evaluations, newest first; reads one more than `limit`. */
export async function listEvaluations(
  tx: TenantTx,
  page: Place & {
    promptId: string | undefined;
    datasetId: string | undefined;
    limit: number;
    before: string | undefined;
  },
): Promise<EvaluationRecord[]> {
  let query = within(tx, page);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  if (page.promptId !== undefined) query = query.where('prompt_id', '=', page.promptId);
  if (page.datasetId !== undefined) query = query.where('dataset_id', '=', page.datasetId);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** Adds an evaluation, and to its job a row for each row of the dataset, under the same numbers. */
export async function addEvaluation(tx: TenantTx, row: EvaluationRecord): Promise<void> {
  await on(tx)
    .insertInto('evaluations')
    .values({ ...row, assertions: JSON.stringify(row.assertions) })
    .execute();
  await sql`insert into job_rows (organization_id, job_id, number, workspace_id, context, state)
    select organization_id, ${row.id}::uuid, number, workspace_id, inputs, 'waiting' from dataset_rows
    where organization_id = ${row.organization_id}::uuid and workspace_id = ${row.workspace_id}::uuid
      and dataset_id = ${row.dataset_id}::uuid`.execute(tx);
}

export type Summary = {
  total: number;
  passed: number;
  failed: number;
  errors: number;
  mean_score: number | null;
};

/** What came of the rows of some evaluations. */
export async function sumScores(tx: TenantTx, at: Place & { ids: string[] }): Promise<Map<string, Summary>> {
  if (at.ids.length === 0) return new Map();
  const { rows } = await sql<Summary & { job_id: string }>`
    select job_id, count(*)::int as total, (count(*) filter (where is_passed))::int as passed,
      (count(*) filter (where state = 'failed' or not is_passed))::int as failed,
      (count(*) filter (where state = 'failed'))::int as errors,
      avg(case when state = 'failed' then 0 when jsonb_typeof(scores) = 'array' then
        (select coalesce(avg((s ->> 'score')::float8), 1) from jsonb_array_elements(scores) s) end) as mean_score
    from job_rows where organization_id = ${at.organizationId} and workspace_id = ${at.workspaceId}
      and job_id = any (${at.ids}::uuid[]) group by job_id`.execute(tx);
  return new Map(rows.map(({ job_id, ...summary }) => [job_id, summary]));
}

export type Trial = { id: string; total: number; passed: number; failed_rows: number[] };

/** The last evaluation of a version on a dataset that ended and began after the dataset's last change. */
export async function findLastTrial(
  tx: TenantTx,
  at: OfPrompt & { number: number; datasetId: string },
): Promise<Trial | undefined> {
  const { rows } = await sql<Trial>`
    select e.id, count(r.number)::int as total, (count(*) filter (where r.is_passed))::int as passed,
      (array_agg(r.number order by r.number) filter (where r.is_passed is not true))[1:20] as failed_rows
    from evaluations e
    join jobs j on j.organization_id = e.organization_id and j.id = e.id and j.state in ('succeeded', 'failed')
    join datasets d on d.organization_id = e.organization_id and d.id = e.dataset_id and d.updated_at <= j.created_at
    join job_rows r on r.organization_id = e.organization_id and r.job_id = e.id
    where e.organization_id = ${at.organizationId} and e.workspace_id = ${at.workspaceId}
      and e.prompt_id = ${at.promptId} and e.number = ${at.number} and e.dataset_id = ${at.datasetId}
    group by e.id order by e.id desc limit 1`.execute(tx);
  return rows[0];
}

const gatesOf = (tx: TenantTx, at: OfPrompt) =>
  on(tx)
    .selectFrom('prompt_gates')
    .select(gateColumns)
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('prompt_id', '=', at.promptId);

/** The gates of a prompt, by label; at most 100. */
export async function listGates(tx: TenantTx, at: OfPrompt): Promise<GateRecord[]> {
  return gatesOf(tx, at).orderBy('label').limit(100).execute();
}

/** The gate of a label. */
export async function findGate(tx: TenantTx, at: OfPrompt, label: string): Promise<GateRecord | undefined> {
  return gatesOf(tx, at).where('label', '=', label).executeTakeFirst();
}

/** Sets the gate of a label. */
export async function putGate(
  tx: TenantTx,
  at: OfPrompt,
  gate: { label: string; dataset_id: string; minimum_pass_rate: number },
): Promise<GateRecord> {
  const { label, ...changed } = gate;
  return on(tx)
    .insertInto('prompt_gates')
    .values({
      organization_id: at.organizationId,
      workspace_id: at.workspaceId,
      prompt_id: at.promptId,
      label,
      ...changed,
    })
    .onConflict((c) => c.columns(['organization_id', 'prompt_id', 'label']).doUpdateSet(changed))
    .returning(gateColumns)
    .executeTakeFirstOrThrow();
}

/** Takes the gate of a label away; whether there was one. */
export async function deleteGate(tx: TenantTx, at: OfPrompt, label: string): Promise<boolean> {
  const gone = await on(tx)
    .deleteFrom('prompt_gates')
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('prompt_id', '=', at.promptId)
    .where('label', '=', label)
    .executeTakeFirst();
  return gone.numDeletedRows > 0n;
}
