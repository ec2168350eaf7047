// Trying a version of a prompt on a dataset: a job over its rows, whose answers are scored.
import { Problem } from '@insula/contract';
import { evaluationProblem } from '@insula/contract/evaluations';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import { type Chosen, chooseSettings, chooseVersion } from '../calls/choose-version.ts';
import { type DatasetRowRecord, listRows, lockDataset } from '../datasets/store.ts';
import type { JobsDeps } from '../jobs/create-job.ts';
import { addJob, type NewJob } from '../jobs/store.ts';
import type { Settings, Template } from '../templates/read-template.ts';
import { renderTemplate } from '../templates/render-template.ts';
import { type Evaluation, readEvaluation } from './list-evaluations.ts';
import { addEvaluation } from './store.ts';

export type EvaluationInput = {
  workspace_id: string;
  prompt_id: string;
  version?: number | undefined;
  label?: string | undefined;
  dataset_id: string;
  settings: Settings;
  concurrency: number;
};
const ATTEMPTS_MAX = 3;
const ROWS_MAX = 10_000;
const WRONG_ROWS_MAX = 5;

/** Begins an evaluation and announces `evaluation.created`; throws `dataset_empty`, `dataset_rows_invalid` … */
export async function createEvaluation(
  deps: JobsDeps,
  actor: Actor,
  input: EvaluationInput,
): Promise<Evaluation> {
  const { workspace_id: workspaceId, dataset_id: datasetId, prompt_id: promptId } = input;
  const place = { organizationId: actor.organization_id, workspaceId };
  const id = newId();
  return deps.db.as(actor, async (tx) => {
    const chosen = await chooseVersion(tx, actor, {
      ...place,
      promptId,
      version: input.version,
      label: input.label,
    });
    const dataset = await lockDataset(tx, { ...place, datasetId });
    if (!dataset) throw evaluationProblem('dataset_not_found');
    if (dataset.row_count === 0) throw evaluationProblem('dataset_empty');
    await assertFits(tx, { ...place, datasetId }, chosen.template);
    const use = { ...place, actorId: actor.id, use: 'chat' as const };
    const settings = await chooseSettings(tx, use, [input.settings, chosen.settings]);
    const job = jobOf(actor, { id, input, name: dataset.name, chosen: { ...chosen, settings } });
    await addJob(tx, job, []);
    await addEvaluation(tx, {
      ...{ organization_id: place.organizationId, workspace_id: workspaceId, id, prompt_id: promptId },
      ...{ number: chosen.version!.number, dataset_id: datasetId, assertions: dataset.assertions },
    });
    await deps.events.announce(tx, actor, {
      type: 'evaluation.created',
      subject_type: 'evaluation',
      subject_id: id,
      workspace_id: workspaceId,
      details: { prompt_id: promptId, version: chosen.version!.number, dataset_id: datasetId },
    });
    await deps.runner.tell(tx, place.organizationId);
    return readEvaluation(tx, { ...place, id });
  });
}

type Begun = { id: string; input: EvaluationInput; name: string; chosen: Chosen };

/** The job that makes the calls of an evaluation. */
function jobOf(actor: Actor, { id, input, name, chosen }: Begun): NewJob {
  const { workspace_id, prompt_id, concurrency } = input;
  return {
    ...{
      organization_id: actor.organization_id,
      workspace_id,
      id,
      name,
      purpose: 'evaluation',
      mode: 'batch',
    },
    ...{ state: 'queued', template: { ...chosen.template, settings: chosen.settings } },
    ...{ prompt_id, prompt_number: chosen.version!.number, concurrency, attempts_max: ATTEMPTS_MAX },
    ...{ cron: null, time_zone: null, next_at: null, parent_id: null },
    ...{ actor_kind: actor.kind, actor_id: actor.id, actor_name: actor.name.slice(0, 300) },
  };
}

type At = { organizationId: string; workspaceId: string; datasetId: string };

/** Throws `dataset_rows_invalid` with the first rows whose inputs the variables do not take. */
async function assertFits(tx: TenantTx, at: At, template: Template): Promise<void> {
  const rows = await listRows(tx, at, { limit: ROWS_MAX, after: 0 });
  const wrong = rows.flatMap((row) => whyUnfit(template, row)).slice(0, WRONG_ROWS_MAX);
  if (wrong.length > 0) throw evaluationProblem('dataset_rows_invalid', { reason: wrong.join(' ') });
}

function whyUnfit(template: Template, row: DatasetRowRecord): string[] {
  try {
    renderTemplate(template, row.inputs as Record<string, unknown>);
    return [];
  } catch (error) {
    if (error instanceof Problem) return [`row ${row.number}: ${error.facts.reason ?? error.message}`];
    throw error;
  }
}
