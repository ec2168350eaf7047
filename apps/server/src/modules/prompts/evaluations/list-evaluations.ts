// Reading evaluations: how far each is, what came of it, and of which row.
import { type evaluation, evaluationProblem, type evaluationResult } from '@insula/contract/evaluations';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import { numberOfCursor, openJobPresenter, presentRow } from '../jobs/list-jobs.ts';
import { findJob, type JobRecord, listRows } from '../jobs/store.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import type { Assertion, Score } from './check-assertion.ts';
import {
  type EvaluationRecord,
  findEvaluation,
  listEvaluations as readEvaluations,
  sumScores,
} from './store.ts';

export type Evaluation = z.output<typeof evaluation>;
type Result = z.output<typeof evaluationResult>;
type Place = { organizationId: string; workspaceId: string };
type Named = { workspace_id: string; evaluation_id: string };

async function openPresenter(tx: TenantTx, at: Place, rows: readonly EvaluationRecord[]) {
  const ids = rows.map(({ id }) => id);
  const jobs = new Map<string, JobRecord>();
  for (const jobId of ids) jobs.set(jobId, (await findJob(tx, { ...at, jobId }))!);
  const presentJob = await openJobPresenter(tx, [...jobs.values()]);
  const sums = await sumScores(tx, { ...at, ids });
  return (row: EvaluationRecord): Evaluation => {
    const sum = sums.get(row.id) ?? { total: 0, passed: 0, failed: 0, errors: 0, mean_score: null };
    const judged = sum.passed + sum.failed;
    return {
      ...{ id: row.id, workspace_id: row.workspace_id, prompt_id: row.prompt_id, version: row.number },
      dataset_id: row.dataset_id,
      job: presentJob(jobs.get(row.id)!),
      assertions: row.assertions as Assertion[],
      summary: { ...sum, pass_rate: judged > 0 ? sum.passed / judged : null },
    };
  };
}

/** A page of evaluations, newest first; throws `workspace_not_found`. */
export async function listEvaluations(
  deps: PromptsDeps,
  actor: Actor,
  input: {
    workspace_id: string;
    prompt_id?: string | undefined;
    dataset_id?: string | undefined;
    limit: number;
    cursor?: string | undefined;
  },
): Promise<{ data: Evaluation[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  const { prompt_id: promptId, dataset_id: datasetId, limit } = input;
  return deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, place);
    const rows = await readEvaluations(tx, { ...place, promptId, datasetId, limit, before });
    const present = await openPresenter(tx, place, rows.slice(0, limit));
    return pageOf(rows, limit, (row) => present(row));
  });
}

/** One evaluation; throws `evaluation_not_found`. */
export async function getEvaluation(deps: PromptsDeps, actor: Actor, input: Named): Promise<Evaluation> {
  const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  return deps.db.as(actor, (tx) => readEvaluation(tx, { ...place, id: input.evaluation_id }));
}

/** The same in a transaction that is open already. */
export async function readEvaluation(tx: TenantTx, at: Place & { id: string }): Promise<Evaluation> {
  const row = await findEvaluation(tx, at);
  if (!row) throw evaluationProblem('evaluation_not_found');
  return (await openPresenter(tx, at, [row]))(row);
}

/** A page of what came of the rows; throws `evaluation_not_found`. */
export async function listResults(
  deps: PromptsDeps,
  actor: Actor,
  input: Named & { limit: number; cursor?: string | undefined; passed?: 'true' | 'false' | undefined },
): Promise<{ data: Result[]; next_cursor: string | null }> {
  const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  const { limit, evaluation_id: id, passed } = input;
  const after = numberOfCursor(input.cursor);
  const rows = await deps.db.as(actor, async (tx) => {
    if (!(await findEvaluation(tx, { ...place, id }))) throw evaluationProblem('evaluation_not_found');
    const isPassed = passed === undefined ? undefined : passed === 'true';
    return listRows(tx, { ...place, jobId: id }, { limit, after, isPassed });
  });
  const data = rows.slice(0, limit).map((row) => ({
    ...presentRow(row),
    is_passed: row.is_passed,
    scores: Array.isArray(row.scores) ? (row.scores as Score[]) : [],
  }));
  return { data, next_cursor: rows.length > limit ? String(data.at(-1)!.number) : null };
}
