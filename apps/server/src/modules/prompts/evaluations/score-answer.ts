// The scores of one answer: every assertion of the dataset and of the row, in their order. All must hold.
import { systemActor } from '../../../platform/actor.ts';
import { cleanAnswer } from '../calls/ask-model.ts';
import { listRows } from '../datasets/store.ts';
import type { ScoreRow } from '../job-runs/run-row.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { type Assertion, type Checked, checkAssertion, type Score } from './check-assertion.ts';
import { judgeAnswer } from './judge-answer.ts';
import { findEvaluation } from './store.ts';

/** Scores an answer of an evaluation's job. */
export async function scoreAnswer(
  deps: PromptsDeps,
  ...[{ job, row, facts }, signal]: Parameters<ScoreRow>
): Promise<{ scores: Score[]; isPassed: boolean }> {
  const at = { organizationId: job.organization_id, workspaceId: job.workspace_id };
  const { assertions, expected } = await deps.db.as(systemActor(at.organizationId), async (tx) => {
    const evaluation = await findEvaluation(tx, { ...at, id: job.id });
    const page = { limit: 1, after: row.number - 1 };
    const datasetId = evaluation?.dataset_id ?? job.id;
    const [meant] = await listRows(tx, { ...at, datasetId }, page);
    const own = meant?.number === row.number ? meant : undefined;
    const common = (evaluation?.assertions ?? []) as Assertion[];
    return {
      assertions: [...common, ...((own?.assertions ?? []) as Assertion[])],
      expected: own?.expected ?? null,
    };
  });
  const checked: Checked = {
    answer: facts.answer ?? '',
    expected,
    latencyMs: facts.latency_ms,
    costMicros: facts.cost_micros,
  };
  const scores: Score[] = [];
  for (const one of assertions) {
    const score =
      one.type === 'model_graded'
        ? await judgeAnswer(deps, { job, row, graded: one, checked }, signal)
        : checkAssertion(one, checked);
    scores.push({ ...score, reason: cleanAnswer(score.reason) });
  }
  return { scores, isPassed: scores.every((score) => score.is_passed) };
}
