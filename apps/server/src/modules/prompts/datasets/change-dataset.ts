// Datasets: what is put in, and what must hold for the answers. Every change counts: evaluations from before it open no gate.
import { evaluationProblem } from '@insula/contract/evaluations';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import { type Assertion, assertCheckable } from '../evaluations/check-assertion.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { type Dataset, readDataset } from './list-datasets.ts';
import {
  type At,
  addDataset,
  addRows,
  type DatasetRecord,
  deleteDataset,
  deleteRow,
  isGate,
  isNameTaken,
  lockDataset,
  updateDataset,
} from './store.ts';

export type DatasetRowInput = {
  inputs: Record<string, unknown>;
  expected: string | null;
  assertions: Assertion[];
};
type InWorkspace = { workspace_id: string };
type Named = InWorkspace & { dataset_id: string };
const DATASET_ROWS_MAX = 10_000;

const placeOf = (actor: Actor, input: Named): At => ({
  organizationId: actor.organization_id,
  workspaceId: input.workspace_id,
  datasetId: input.dataset_id,
});

/** Creates a dataset and announces `dataset.created`; throws `dataset_name_taken`, `assertion_invalid`. */
export async function createDataset(
  deps: PromptsDeps,
  actor: Actor,
  input: InWorkspace & {
    name: string;
    description: string;
    assertions: Assertion[];
    rows: DatasetRowInput[];
  },
): Promise<Dataset> {
  const { rows, name, description, assertions } = input;
  assertCheckable([...assertions, ...rows.flatMap((row) => row.assertions)]);
  const at = placeOf(actor, { ...input, dataset_id: newId() });
  return deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, at);
    if (!(await addDataset(tx, at, { name, description, assertions })))
      throw evaluationProblem('dataset_name_taken', { name });
    await putRows(tx, at, { first: 1, rows });
    await announce(tx, { deps, actor, at, type: 'dataset.created', details: { name, rows: rows.length } });
    return readDataset(tx, at);
  });
}

/** Changes what is given and announces `dataset.changed`. */
export async function changeDataset(
  deps: PromptsDeps,
  actor: Actor,
  input: Named & {
    name?: string | undefined;
    description?: string | undefined;
    assertions?: Assertion[] | undefined;
  },
): Promise<Dataset> {
  const { workspace_id: _w, dataset_id: _d, ...wished } = input;
  const given = Object.fromEntries(Object.entries(wished).filter(([, value]) => value !== undefined));
  assertCheckable(input.assertions ?? []);
  return change(deps, actor, input, async (tx, at, row) => {
    if (await isNameTaken(tx, at, input.name ?? row.name))
      throw evaluationProblem('dataset_name_taken', { name: input.name });
    await updateDataset(tx, at, given);
    return { fields: Object.keys(given) };
  });
}

/** Adds rows and announces `dataset.changed`; throws `too_many_dataset_rows`. */
export async function addDatasetRows(
  deps: PromptsDeps,
  actor: Actor,
  input: Named & { rows: DatasetRowInput[] },
): Promise<Dataset> {
  const { rows } = input;
  assertCheckable(rows.flatMap((row) => row.assertions));
  return change(deps, actor, input, async (tx, at, row) => {
    if (row.row_count + rows.length > DATASET_ROWS_MAX)
      throw evaluationProblem('too_many_dataset_rows', { limit: DATASET_ROWS_MAX });
    await putRows(tx, at, { first: row.next_number, rows });
    return { rows_added: rows.length };
  });
}

/** Deletes a row and announces `dataset.changed`; throws `dataset_row_not_found`. */
export async function removeDatasetRow(
  deps: PromptsDeps,
  actor: Actor,
  input: Named & { number: number },
): Promise<Dataset> {
  const { number } = input;
  return change(deps, actor, input, async (tx, at) => {
    if (!(await deleteRow(tx, at, number))) throw evaluationProblem('dataset_row_not_found', { number });
    await updateDataset(tx, at, { rowsAdded: -1 });
    return { row_removed: number };
  });
}

/** Deletes a dataset and announces `dataset.removed`; throws `dataset_in_use` while it is a gate. */
export async function removeDataset(
  deps: PromptsDeps,
  actor: Actor,
  input: Named,
): Promise<{ id: string; deleted: true }> {
  const at = placeOf(actor, input);
  return deps.db.as(actor, async (tx) => {
    const row = await requireDataset(tx, at);
    if (await isGate(tx, at)) throw evaluationProblem('dataset_in_use');
    await deleteDataset(tx, at);
    const details = { name: row.name, rows: row.row_count };
    await announce(tx, { deps, actor, at, type: 'dataset.removed', details });
    return { id: row.id, deleted: true };
  });
}

async function putRows(
  tx: TenantTx,
  at: At,
  given: { first: number; rows: DatasetRowInput[] },
): Promise<void> {
  await addRows(tx, at, given);
  await updateDataset(tx, at, { rowsAdded: given.rows.length, rowsNumbered: given.rows.length });
}

type Step = (tx: TenantTx, at: At, row: DatasetRecord) => Promise<Record<string, unknown>>;

async function change(deps: PromptsDeps, actor: Actor, ...[input, step]: [Named, Step]): Promise<Dataset> {
  const at = placeOf(actor, input);
  return deps.db.as(actor, async (tx) => {
    const row = await requireDataset(tx, at);
    const details = { name: row.name, ...(await step(tx, at, row)) };
    await announce(tx, { deps, actor, at, type: 'dataset.changed', details });
    return readDataset(tx, at);
  });
}

async function requireDataset(tx: TenantTx, at: At): Promise<DatasetRecord> {
  const row = await lockDataset(tx, at);
  if (!row) throw evaluationProblem('dataset_not_found');
  return row;
}

type News = { deps: PromptsDeps; actor: Actor; at: At; type: string; details: Record<string, unknown> };

async function announce(tx: TenantTx, { deps, actor, at, type, details }: News): Promise<void> {
  await deps.events.announce(tx, actor, {
    type,
    subject_type: 'dataset',
    subject_id: at.datasetId,
    workspace_id: at.workspaceId,
    details,
  });
}
