// Queries on runs, on the passages that they read, and on how a workspace wants its graph.
import { type Kysely, type Selectable, sql, type Updateable } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { GraphTables } from '../graph/tables.ts';
import { hashOfText } from '../graph-reading/store.ts';

const on = (tx: TenantTx) => tx.$extendTables<GraphTables>() as unknown as Kysely<GraphTables>;

export type RunRow = Selectable<GraphTables['graph_runs']>;
export type SettingsRow = Selectable<GraphTables['graph_settings']>;
const runColumns = [
  ...([
    'organization_id',
    'id',
    'workspace_id',
    'collection_ids',
    'model',
    'origin',
    'status',
    'reason',
  ] as const),
  ...(['estimate', 'currency', 'cap_micros', 'cap_tokens', 'spent_micros', 'spent_tokens'] as const),
  ...([
    'reserved_micros',
    'reserved_tokens',
    'passage_count',
    'done_count',
    'failed_count',
    'fact_count',
  ] as const),
  ...(['started_by', 'started_by_kind', 'started_by_id', 'created_at', 'started_at', 'ended_at'] as const),
];
const settingsColumns = [
  ...(['organization_id', 'workspace_id', 'reads_locally', 'model', 'keep_up_to_date'] as const),
  ...([
    'monthly_cap_micros',
    'monthly_cap_tokens',
    'set_by',
    'set_by_kind',
    'set_by_id',
    'updated_at',
  ] as const),
];
type Home = { organizationId: string; workspaceId: string };
export type RunPlace = { organizationId: string; id: string };

/** How a workspace wants its graph; undefined when it never said so. */
export async function findSettings(tx: TenantTx, home: Home): Promise<SettingsRow | undefined> {
  return on(tx)
    .selectFrom('graph_settings')
    .select(settingsColumns)
    .where('organization_id', '=', home.organizationId)
    .where('workspace_id', '=', home.workspaceId)
    .executeTakeFirst();
}

/** The settings of workspaces whose graph is to be kept up to date. */
export async function listUpkeep(tx: TenantTx, organizationId: string): Promise<SettingsRow[]> {
  return on(tx)
    .selectFrom('graph_settings')
    .select(settingsColumns)
    .where('organization_id', '=', organizationId)
    .where('keep_up_to_date', '=', true)
    .where('model', 'is not', null)
    .execute();
}

/** Keeps the settings of a workspace. */
export async function saveSettings(tx: TenantTx, row: Omit<SettingsRow, 'updated_at'>): Promise<void> {
  const { organization_id: _organization, workspace_id: _workspace, ...change } = row;
  await on(tx)
    .insertInto('graph_settings')
    .values(row)
    .onConflict((c) =>
      c.columns(['organization_id', 'workspace_id']).doUpdateSet({ ...change, updated_at: new Date() }),
    )
    .execute();
}

/** Lets all documents of a workspace be read again by rules. */
export async function forgetRead(tx: TenantTx, home: Home): Promise<void> {
  await on(tx)
    .deleteFrom('graph_documents')
    .where('organization_id', '=', home.organizationId)
    .where('workspace_id', '=', home.workspaceId)
    .execute();
}

type Reach = { organizationId: string; workspaceId: string; collectionIds: string[]; model: string };

const readable = (reach: Reach) => sql`chunks c
  join documents d on d.organization_id = c.organization_id and d.id = c.document_id and d.version = c.version
  left join graph_passages p on p.organization_id = c.organization_id and p.chunk_id = c.id
  where c.organization_id = ${reach.organizationId} and c.collection_id = any(${reach.collectionIds}::uuid[])
    and c.workspace_id = ${reach.workspaceId} and d.collection_id = c.collection_id`;

/** Passages of current versions: how many are to be read with what tokens, and how many that model has read. */
export async function measurePassages(tx: TenantTx, reach: Reach) {
  const isRead = sql`(p.model = ${reach.model} and p.status in ('done', 'answered'))`;
  const { rows } = await sql<{ passages: number; tokens: number; already_read: number }>`
    select count(*) filter (where ${isRead} is not true)::int as passages,
      coalesce(sum(c.tokens) filter (where ${isRead} is not true), 0)::float8 as tokens,
      count(*) filter (where ${isRead})::int as already_read
    from ${readable(reach)}`.execute(tx);
  return rows[0]!;
}

/** Puts what is to be read on a run's list; answers how many passages there are more. What another run reads stays with that one. */
export async function enlistPassages(tx: TenantTx, run: RunPlace, reach: Reach): Promise<number> {
  const { rows } =
    await sql`insert into graph_passages (organization_id, chunk_id, workspace_id, collection_id, document_id,
      version, run_id, model, text_hash, status)
    select c.organization_id, c.id, c.workspace_id, c.collection_id, c.document_id, c.version, ${run.id}::uuid, ${reach.model},
      ${hashOfText}, 'pending'
    from ${readable(reach)} and (p.chunk_id is null or p.model <> ${reach.model} and p.status in ('done', 'failed'))
    on conflict (organization_id, chunk_id) do update set run_id = excluded.run_id, model = excluded.model,
      text_hash = excluded.text_hash, status = 'pending', attempts = 0, error_code = null, error_detail = null,
      call_id = null, cost_micros = null, token_count = 0
    returning 1`.execute(tx);
  return rows.length;
}

/** Adds a run, without a cap where none is given. */
export async function addRun(
  tx: TenantTx,
  row: Pick<
    RunRow,
    'organization_id' | 'id' | 'workspace_id' | 'collection_ids' | 'model' | 'origin' | 'status' | 'currency'
  > &
    Partial<RunRow> & { estimate: RunRow['estimate'] },
): Promise<RunRow> {
  return on(tx)
    .insertInto('graph_runs')
    .values({ ...noCaps, ...row, estimate: JSON.stringify(row.estimate) })
    .returning(runColumns)
    .executeTakeFirstOrThrow();
}

const noCaps = {
  ...{ reason: null, cap_micros: null, cap_tokens: null, started_by: null, started_by_kind: null },
  ...{ started_by_id: null, started_at: null, ended_at: null },
};

/** A run of a workspace; `hold` keeps others from changing it until the transaction ends. */
export async function findRun(
  tx: TenantTx,
  home: Home,
  wish: { id: string; hold?: boolean },
): Promise<RunRow | undefined> {
  const query = on(tx)
    .selectFrom('graph_runs')
    .select(runColumns)
    .where('organization_id', '=', home.organizationId)
    .where('workspace_id', '=', home.workspaceId)
    .where('id', '=', wish.id);
  return (wish.hold ? query.forUpdate() : query).executeTakeFirst();
}

/** A page of runs, newest first; reads one more than `limit`. */
export async function listRuns(
  tx: TenantTx,
  home: Home,
  page: { limit: number; before: string | undefined },
): Promise<RunRow[]> {
  let query = on(tx)
    .selectFrom('graph_runs')
    .select(runColumns)
    .where('organization_id', '=', home.organizationId)
    .where('workspace_id', '=', home.workspaceId);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** The run of a workspace that keeps its graph up to date and began since a moment. */
export async function findUpkeepRun(tx: TenantTx, home: Home, since: Date): Promise<RunRow | undefined> {
  return on(tx)
    .selectFrom('graph_runs')
    .select(runColumns)
    .where('organization_id', '=', home.organizationId)
    .where('workspace_id', '=', home.workspaceId)
    .where('origin', '=', 'upkeep')
    .where('created_at', '>=', since)
    .orderBy('id', 'desc')
    .forUpdate()
    .executeTakeFirst();
}

/** Runs under way, oldest first. */
export async function listRunning(tx: TenantTx, organizationId: string): Promise<RunRow[]> {
  return on(tx)
    .selectFrom('graph_runs')
    .select(runColumns)
    .where('organization_id', '=', organizationId)
    .where('status', '=', 'running')
    .where('started_at', '<=', sql<Date>`now()`)
    .orderBy('id')
    .execute();
}

/** Changes a run; answers it as it is then. */
export async function updateRun(
  tx: TenantTx,
  at: RunPlace,
  change: Omit<Updateable<GraphTables['graph_runs']>, 'organization_id' | 'id' | 'estimate'>,
): Promise<RunRow> {
  return on(tx)
    .updateTable('graph_runs')
    .set(change)
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.id)
    .returning(runColumns)
    .executeTakeFirstOrThrow();
}

/** Puts failed passages of a run back on its list; answers how many. */
export async function retryFailed(tx: TenantTx, run: RunPlace): Promise<number> {
  const rows = await on(tx)
    .updateTable('graph_passages')
    .set({ status: 'pending', attempts: 0, error_code: null, error_detail: null, updated_at: new Date() })
    .where('organization_id', '=', run.organizationId)
    .where('run_id', '=', run.id)
    .where('status', '=', 'failed')
    .returning('chunk_id')
    .execute();
  return rows.length;
}

/** A page of failed passages with their documents' titles; reads one more than `limit`. */
export async function listFailed(
  tx: TenantTx,
  run: RunPlace,
  page: { limit: number; before: string | undefined; collectionIds: string[] },
) {
  let query = on(tx)
    .selectFrom('graph_passages as p')
    .innerJoin('documents as d', (join) =>
      join.onRef('d.organization_id', '=', 'p.organization_id').onRef('d.id', '=', 'p.document_id'),
    )
    .select(['p.chunk_id as id', 'p.document_id', 'd.title', 'p.attempts', 'p.error_code', 'p.error_detail'])
    .where('p.organization_id', '=', run.organizationId)
    .where('p.run_id', '=', run.id)
    .where('p.status', '=', 'failed')
    .where('p.collection_id', '=', sql<string>`any(${page.collectionIds}::uuid[])`);
  if (page.before !== undefined) query = query.where('p.chunk_id', '<', page.before);
  return query
    .orderBy('p.chunk_id', 'desc')
    .limit(page.limit + 1)
    .execute();
}
