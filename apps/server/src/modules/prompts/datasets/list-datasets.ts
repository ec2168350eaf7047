// Reading datasets and their rows.
import { type dataset, type datasetRow, evaluationProblem } from '@insula/contract/evaluations';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { Assertion } from '../evaluations/check-assertion.ts';
import { numberOfCursor } from '../jobs/list-jobs.ts';
import type { PromptsDeps } from '../prompts-deps.ts';
import { type At, type DatasetRecord, findDataset, listRows, listDatasets as readDatasets } from './store.ts';

export type Dataset = z.output<typeof dataset>;
type Row = z.output<typeof datasetRow>;
type Named = { workspace_id: string; dataset_id: string };

function presentDataset(row: DatasetRecord): Dataset {
  const { id, workspace_id, name, description, row_count } = row;
  return {
    ...{ id, workspace_id, name, description, row_count },
    assertions: row.assertions as Assertion[],
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

/** A page of datasets, newest first; throws `workspace_not_found`. */
export async function listDatasets(
  deps: PromptsDeps,
  actor: Actor,
  input: { workspace_id: string; limit: number; cursor?: string | undefined },
): Promise<{ data: Dataset[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
  return deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, place);
    return pageOf(
      await readDatasets(tx, { ...place, limit: input.limit, before }),
      input.limit,
      presentDataset,
    );
  });
}

/** One dataset; throws `dataset_not_found`. */
export async function getDataset(deps: PromptsDeps, actor: Actor, input: Named): Promise<Dataset> {
  return deps.db.as(actor, (tx) => readDataset(tx, placeOf(actor, input)));
}

/** The same in a transaction that is open already. */
export async function readDataset(tx: TenantTx, at: At): Promise<Dataset> {
  const row = await findDataset(tx, at);
  if (!row) throw evaluationProblem('dataset_not_found');
  return presentDataset(row);
}

/** A page of a dataset's rows in their order; throws `dataset_not_found`. */
export async function listDatasetRows(
  deps: PromptsDeps,
  actor: Actor,
  input: Named & { limit: number; cursor?: string | undefined },
): Promise<{ data: Row[]; next_cursor: string | null }> {
  const at = placeOf(actor, input);
  const after = numberOfCursor(input.cursor);
  const rows = await deps.db.as(actor, async (tx) => {
    await readDataset(tx, at);
    return listRows(tx, at, { limit: input.limit, after });
  });
  const data = rows.slice(0, input.limit).map((row) => ({
    number: row.number,
    inputs: row.inputs as Record<string, unknown>,
    expected: row.expected,
    assertions: row.assertions as Assertion[],
  }));
  return { data, next_cursor: rows.length > input.limit ? String(data.at(-1)!.number) : null };
}

const placeOf = (actor: Actor, input: Named): At => ({
  organizationId: actor.organization_id,
  workspaceId: input.workspace_id,
  datasetId: input.dataset_id,
});
