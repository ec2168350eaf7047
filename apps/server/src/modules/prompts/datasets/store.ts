// Queries on datasets and their rows.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { DatasetRowsTable, DatasetsTable, PromptTables } from '../tables.ts';

export type DatasetRecord = Selectable<DatasetsTable>;
export type DatasetRowRecord = Selectable<DatasetRowsTable>;
type Place = { organizationId: string; workspaceId: string };
export type At = Place & { datasetId: string };
export type NewDatasetRow = { inputs: unknown; expected: string | null; assertions: unknown };

const columns = [
  'organization_id',
  'id',
  'workspace_id',
  'name',
  'description',
  'assertions',
  'row_count',
  'next_number',
  'created_at',
  'updated_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<PromptTables>() as unknown as Kysely<PromptTables>;

const within = (tx: TenantTx, at: Place) =>
  on(tx)
    .selectFrom('datasets')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId);

/** One dataset of the workspace. */
export async function findDataset(tx: TenantTx, at: At): Promise<DatasetRecord | undefined> {
  return within(tx, at).where('id', '=', at.datasetId).executeTakeFirst();
}

/** One dataset, kept from changing until the transaction ends. */
export async function lockDataset(tx: TenantTx, at: At): Promise<DatasetRecord | undefined> {
  return within(tx, at).where('id', '=', at.datasetId).forUpdate().executeTakeFirst();
}

/** Whether another dataset of the workspace has the name. */
export async function isNameTaken(tx: TenantTx, at: At, name: string): Promise<boolean> {
  const found = await within(tx, at)
    .where('name', '=', name)
    .where('id', '!=', at.datasetId)
    .executeTakeFirst();
  return found !== undefined;
}

/** A page of datasets, newest first; reads one more than `limit`. */
export async function listDatasets(
  tx: TenantTx,
  page: Place & { limit: number; before: string | undefined },
): Promise<DatasetRecord[]> {
  let query = within(tx, page);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** Adds a dataset; false when its name is taken. */
export async function addDataset(
  tx: TenantTx,
  at: At,
  row: { name: string; description: string; assertions: unknown },
): Promise<boolean> {
  const added = await on(tx)
    .insertInto('datasets')
    .values({
      organization_id: at.organizationId,
      workspace_id: at.workspaceId,
      id: at.datasetId,
      ...row,
      assertions: JSON.stringify(row.assertions),
    })
    .onConflict((c) => c.doNothing())
    .returning('id')
    .executeTakeFirst();
  return added !== undefined;
}

/** Changes what is given; the dataset counts as changed in any case. */
export async function updateDataset(
  tx: TenantTx,
  at: At,
  change: {
    name?: string;
    description?: string;
    assertions?: unknown;
    rowsAdded?: number;
    rowsNumbered?: number;
  },
): Promise<void> {
  const { assertions, rowsAdded = 0, rowsNumbered = 0, ...rest } = change;
  await on(tx)
    .updateTable('datasets')
    .set({
      ...rest,
      ...(assertions === undefined ? {} : { assertions: JSON.stringify(assertions) }),
      row_count: sql<number>`row_count + ${rowsAdded}::int`,
      next_number: sql<number>`next_number + ${rowsNumbered}::int`,
      updated_at: sql<Date>`clock_timestamp()`,
    })
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('id', '=', at.datasetId)
    .execute();
}

/** Deletes a dataset with its rows and evaluations. */
export async function deleteDataset(tx: TenantTx, at: At): Promise<void> {
  await on(tx)
    .deleteFrom('datasets')
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('id', '=', at.datasetId)
    .execute();
}

/** Adds rows, numbered from `first` on. */
export async function addRows(
  tx: TenantTx,
  at: At,
  given: { first: number; rows: readonly NewDatasetRow[] },
): Promise<void> {
  if (given.rows.length === 0) return;
  await sql`insert into dataset_rows (organization_id, dataset_id, number, workspace_id, inputs, expected, assertions)
    select ${at.organizationId}::uuid, ${at.datasetId}::uuid, ${given.first - 1}::int + r.number::int, ${at.workspaceId}::uuid,
      r.row -> 'inputs', r.row ->> 'expected', r.row -> 'assertions'
    from jsonb_array_elements(${JSON.stringify(given.rows)}::jsonb) with ordinality as r (row, number)`.execute(
    tx,
  );
}

/** Rows of a dataset after `after`, in their order; reads one more than `limit`. */
export async function listRows(
  tx: TenantTx,
  at: At,
  page: { limit: number; after: number },
): Promise<DatasetRowRecord[]> {
  return on(tx)
    .selectFrom('dataset_rows')
    .selectAll()
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('dataset_id', '=', at.datasetId)
    .where('number', '>', page.after)
    .orderBy('number')
    .limit(page.limit + 1)
    .execute();
}

/** Deletes a row; whether there was one. */
export async function deleteRow(tx: TenantTx, at: At, number: number): Promise<boolean> {
  const gone = await on(tx)
    .deleteFrom('dataset_rows')
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('dataset_id', '=', at.datasetId)
    .where('number', '=', number)
    .executeTakeFirst();
  return gone.numDeletedRows > 0n;
}

/** Whether the dataset is the gate of a prompt. */
export async function isGate(tx: TenantTx, at: At): Promise<boolean> {
  const row = await on(tx)
    .selectFrom('prompt_gates')
    .select('label')
    .where('organization_id', '=', at.organizationId)
    .where('dataset_id', '=', at.datasetId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
