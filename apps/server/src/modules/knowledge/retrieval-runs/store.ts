// Queries on runs of test sets and on their results. Every one names the organization.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { Measures } from '../retrieval-tests/measure-ranking.ts';
import type { FoundThing, RetrievalTestTables, RunSettings } from '../retrieval-tests/tables.ts';

export type TestRunRow = Selectable<RetrievalTestTables['test_runs']>;
export type TestResultRow = Selectable<RetrievalTestTables['test_results']>;
export type OfSet = { organizationId: string; workspaceId: string; testSetId: string };
type Page = { limit: number; before: string | undefined };

const columns = [
  ...([
    'organization_id',
    'id',
    'workspace_id',
    'test_set_id',
    'name',
    'settings',
    'status',
    'error',
  ] as const),
  ...(['queries', 'queries_done', 'ndcg_10', 'recall', 'reciprocal_rank', 'created_at', 'ended_at'] as const),
] as const;
const resultColumns = [
  ...(['organization_id', 'run_id', 'id', 'workspace_id', 'key', 'query', 'ndcg_10', 'recall'] as const),
  ...(['reciprocal_rank', 'found', 'expected_count', 'latency_ms'] as const),
] as const;
const on = (tx: TenantTx) =>
  tx.$extendTables<RetrievalTestTables>() as unknown as Kysely<RetrievalTestTables>;

const runsOf = (tx: TenantTx, of: OfSet) =>
  on(tx)
    .selectFrom('test_runs')
    .select(columns)
    .where('organization_id', '=', of.organizationId)
    .where('workspace_id', '=', of.workspaceId)
    .where('test_set_id', '=', of.testSetId);

/** A page of the runs of a set, newest first; reads one more than `limit`. */
export async function listTestRuns(tx: TenantTx, of: OfSet, page: Page): Promise<TestRunRow[]> {
  let query = runsOf(tx, of);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** One run of a set; undefined when the set has none by that id. */
export async function findTestRun(tx: TenantTx, of: OfSet, id: string): Promise<TestRunRow | undefined> {
  return runsOf(tx, of).where('id', '=', id).executeTakeFirst();
}

/** How many runs a set has. */
export async function countTestRuns(tx: TenantTx, of: OfSet): Promise<number> {
  const row = await runsOf(tx, of)
    .clearSelect()
    .select(sql<number>`count(*)::int`.as('n'))
    .executeTakeFirstOrThrow();
  return row.n;
}

/** Adds a run that waits. */
export async function addTestRun(
  tx: TenantTx,
  row: Pick<TestRunRow, 'organization_id' | 'id' | 'workspace_id' | 'test_set_id' | 'name' | 'queries'> & {
    settings: RunSettings;
  },
): Promise<TestRunRow> {
  return on(tx)
    .insertInto('test_runs')
    .values({ ...row, settings: JSON.stringify(row.settings), status: 'queued' })
    .returning(columns)
    .executeTakeFirstOrThrow();
}

/** Deletes a run with its results. */
export async function deleteTestRun(tx: TenantTx, of: OfSet, id: string): Promise<void> {
  await on(tx)
    .deleteFrom('test_runs')
    .where('organization_id', '=', of.organizationId)
    .where('workspace_id', '=', of.workspaceId)
    .where('id', '=', id)
    .execute();
}

/** The oldest run of the organization that is not done, and the last of its queries that is. */
export async function findRunUnderWay(
  tx: TenantTx,
  organizationId: string,
): Promise<(TestRunRow & { after: string | null }) | undefined> {
  return on(tx)
    .selectFrom('test_runs')
    .select(columns)
    .select((e) =>
      e
        .selectFrom('test_results')
        .select('test_results.id')
        .where('test_results.organization_id', '=', organizationId)
        .whereRef('test_results.run_id', '=', 'test_runs.id')
        .orderBy('test_results.id', 'desc')
        .limit(1)
        .as('after'),
    )
    .where('organization_id', '=', organizationId)
    .where('status', 'in', ['queued', 'running'])
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

/** Adds results; one that is there already stays. */
export async function addResults(
  tx: TenantTx,
  run: Pick<TestRunRow, 'organization_id' | 'id' | 'workspace_id'>,
  results: readonly (Omit<TestResultRow, 'organization_id' | 'run_id' | 'workspace_id' | 'found'> & {
    found: FoundThing[];
  })[],
): Promise<void> {
  const place = { organization_id: run.organization_id, run_id: run.id, workspace_id: run.workspace_id };
  await on(tx)
    .insertInto('test_results')
    .values(results.map((one) => ({ ...place, ...one, found: JSON.stringify(one.found) })))
    .onConflict((c) => c.doNothing())
    .execute();
}

/** Writes how far a run has come. */
export async function updateTestRun(
  tx: TenantTx,
  at: { organizationId: string; id: string },
  change: Partial<Pick<TestRunRow, 'status' | 'error' | 'queries_done' | 'ended_at'> & Measures>,
): Promise<void> {
  await on(tx)
    .updateTable('test_runs')
    .set(change)
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.id)
    .execute();
}

/** How many queries of a run are measured, and the means. */
export async function sumResults(
  tx: TenantTx,
  at: { organizationId: string; id: string },
): Promise<Measures & { done: number }> {
  return on(tx)
    .selectFrom('test_results')
    .select([
      sql<number>`count(*)::int`.as('done'),
      sql<number>`coalesce(avg(ndcg_10), 0)`.as('ndcg_10'),
      sql<number>`coalesce(avg(recall), 0)`.as('recall'),
      sql<number>`coalesce(avg(reciprocal_rank), 0)`.as('reciprocal_rank'),
    ])
    .where('organization_id', '=', at.organizationId)
    .where('run_id', '=', at.id)
    .executeTakeFirstOrThrow();
}

/** A page of the results of a run, newest queries first; reads one more than `limit`. */
export async function listResults(
  tx: TenantTx,
  run: { organizationId: string; id: string },
  page: Page,
): Promise<TestResultRow[]> {
  let query = on(tx)
    .selectFrom('test_results')
    .select(resultColumns)
    .where('organization_id', '=', run.organizationId)
    .where('run_id', '=', run.id);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

export type PairRow = { key: string; query: string; one: Measures; other: Measures };

/** The measures of the queries that two runs have in common, by key. */
export async function listPairs(
  tx: TenantTx,
  organizationId: string,
  runs: { id: string; otherId: string },
): Promise<PairRow[]> {
  const { rows } = await sql<PairRow>`
    select a.key, a.query,
      json_build_object('ndcg_10', a.ndcg_10, 'recall', a.recall, 'reciprocal_rank', a.reciprocal_rank) as one,
      json_build_object('ndcg_10', b.ndcg_10, 'recall', b.recall, 'reciprocal_rank', b.reciprocal_rank) as other
    from test_results a join test_results b on b.organization_id = a.organization_id and b.run_id = ${runs.otherId} and b.key = a.key
    where a.organization_id = ${organizationId} and a.run_id = ${runs.id}
    order by a.id`.execute(tx);
  return rows;
}
