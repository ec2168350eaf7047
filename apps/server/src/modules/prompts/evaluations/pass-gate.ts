// Gates: a label of a prompt moves only to a version whose last evaluation on the gate's dataset was good enough. Who may write
// prompts may pass it by force, with a reason that stands in the trail.
import { evaluationProblem, type promptGate } from '@insula/contract/evaluations';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { findDataset } from '../datasets/store.ts';
import { type Prompt, presentPrompt } from '../library/present-prompt.ts';
import { requirePrompt } from '../library/require-version.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import type { PassGate } from '../versions/move-label.ts';
import {
  deleteGate,
  findGate,
  findLastTrial,
  type GateRecord,
  putGate,
  listGates as readGates,
} from './store.ts';

type Gate = z.output<typeof promptGate>;
type Named = { workspace_id: string; prompt_id: string };

/** Whether the label may move; throws `prompt_gate_failed` with the rows that failed. */
export async function passGate(
  tx: TenantTx,
  { at, label, number, force }: Parameters<PassGate>[1],
): ReturnType<PassGate> {
  const gate = await findGate(tx, at, label);
  if (!gate) return 'open';
  const trial = await findLastTrial(tx, { ...at, number, datasetId: gate.dataset_id });
  const rate = trial ? trial.passed / trial.total : 0;
  if (trial && rate >= gate.minimum_pass_rate) return 'passed';
  if (force) return 'forced';
  const share = (part: number) => `${Math.round(part * 1_000) / 10} %`;
  const reason = trial
    ? `${trial.passed} of ${trial.total} rows passed, and ${share(gate.minimum_pass_rate)} must. Rows that failed: ${trial.failed_rows.join(', ')}.`
    : 'it was not evaluated on the dataset since that last changed. Evaluate it first.';
  const facts = {
    dataset_id: gate.dataset_id,
    evaluation_id: trial?.id ?? null,
    failed_rows: trial?.failed_rows ?? [],
  };
  throw evaluationProblem('prompt_gate_failed', { label, version: number, reason, ...facts });
}

const placeOf = (actor: Actor, input: Named) => ({
  organizationId: actor.organization_id,
  workspaceId: input.workspace_id,
  promptId: input.prompt_id,
});
const presentGate = (row: GateRecord): Gate => ({
  label: row.label,
  dataset_id: row.dataset_id,
  minimum_pass_rate: row.minimum_pass_rate,
  created_at: row.created_at.toISOString(),
});

/** The gates of a prompt. */
export async function listGates(deps: PromptsDeps, actor: Actor, input: Named): Promise<{ data: Gate[] }> {
  const at = placeOf(actor, input);
  return deps.db.as(actor, async (tx) => {
    await requirePrompt(tx, at);
    return { data: (await readGates(tx, at)).map(presentGate) };
  });
}

/** Sets a gate and announces `prompt.gate_set`. */
export async function setGate(
  deps: PromptsDeps,
  actor: Actor,
  input: Named & { label: string; dataset_id: string; minimum_pass_rate: number },
): Promise<Gate> {
  const at = placeOf(actor, input);
  const { label, dataset_id, minimum_pass_rate } = input;
  return deps.db.as(actor, async (tx) => {
    await requirePrompt(tx, at);
    if (!(await findDataset(tx, { ...at, datasetId: dataset_id })))
      throw evaluationProblem('dataset_not_found');
    const row = await putGate(tx, at, { label, dataset_id, minimum_pass_rate });
    await announce(tx, { deps, actor, input, type: 'prompt.gate_set' });
    return presentGate(row);
  });
}

/** Takes a gate away and announces `prompt.gate_removed`; throws `gate_not_found`. */
export async function removeGate(
  deps: PromptsDeps,
  actor: Actor,
  input: Named & { label: string },
): Promise<Prompt> {
  const at = placeOf(actor, input);
  return deps.db.as(actor, async (tx) => {
    const prompt = await requirePrompt(tx, at);
    if (!(await deleteGate(tx, at, input.label)))
      throw evaluationProblem('gate_not_found', { label: input.label });
    await announce(tx, { deps, actor, input, type: 'prompt.gate_removed' });
    return presentPrompt(prompt);
  });
}

type News = {
  deps: PromptsDeps;
  actor: Actor;
  input: Named & { label: string; dataset_id?: string; minimum_pass_rate?: number };
  type: string;
};

async function announce(tx: TenantTx, { deps, actor, input, type }: News): Promise<void> {
  const { workspace_id, prompt_id, ...details } = input;
  await deps.events.announce(tx, actor, {
    type,
    subject_type: 'prompt',
    subject_id: prompt_id,
    workspace_id,
    details,
  });
}
