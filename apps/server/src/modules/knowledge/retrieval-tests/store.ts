// Queries on test sets and their queries. Every one names the organization and the workspace.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { Expectation, RetrievalTestTables } from './tables.ts';

export type Place = { organizationId: string; workspaceId: string };
export type TestSetRow = Selectable<RetrievalTestTables['test_sets']> & { queries: number };
export type TestQueryRow = Pick<
  Selectable<RetrievalTestTables['test_queries']>,
  'id' | 'key' | 'query' | 'expected'
>;
type Page = { limit: number; before: string | undefined };

const on = (tx: TenantTx) =>
  tx.$extendTables<RetrievalTestTables>() as unknown as Kysely<RetrievalTestTables>;

const setsAt = (tx: TenantTx, place: Place) =>
  on(tx)
    .selectFrom('test_sets as s')
    .select(['s.organization_id', 's.id', 's.workspace_id', 's.name', 's.description'])
    .select(['s.created_at', 's.updated_at'])
    .select((e) =>
      e
        .selectFrom('test_queries as q')
        .select(sql<number>`count(*)::int`.as('n'))
        .where('q.organization_id', '=', place.organizationId)
        .whereRef('q.test_set_id', '=', 's.id')
        .$asScalar()
        .$notNull()
        .as('queries'),
    )
    .where('s.organization_id', '=', place.organizationId)
    .where('s.workspace_id', '=', place.workspaceId);

/** A page of test sets, newest first; reads one more than `limit`. */
export async function listTestSets(tx: TenantTx, place: Place, page: Page): Promise<TestSetRow[]> {
  let query = setsAt(tx, place);
  if (page.before !== undefined) query = query.where('s.id', '<', page.before);
  return query
    .orderBy('s.id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** One test set of the workspace. */
export async function findTestSet(
  tx: TenantTx,
  place: Place & { id: string },
): Promise<TestSetRow | undefined> {
  return setsAt(tx, place).where('s.id', '=', place.id).executeTakeFirst();
}

/** How many test sets a workspace has; holds the workspace's others back until the transaction ends. */
export async function countTestSets(tx: TenantTx, place: Place): Promise<number> {
  const key = `test sets ${place.organizationId} ${place.workspaceId}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(tx);
  const row = await on(tx)
    .selectFrom('test_sets')
    .select(sql<number>`count(*)::int`.as('n'))
    .where('organization_id', '=', place.organizationId)
    .where('workspace_id', '=', place.workspaceId)
    .executeTakeFirstOrThrow();
  return row.n;
}

/** Adds a test set; false when its name is taken. */
export async function addTestSet(
  tx: TenantTx,
  row: Pick<TestSetRow, 'organization_id' | 'id' | 'workspace_id' | 'name' | 'description'>,
): Promise<boolean> {
  const done = await on(tx)
    .insertInto('test_sets')
    .values(row)
    .onConflict((c) => c.doNothing())
    .executeTakeFirst();
  return (done.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Deletes a test set with its queries and runs. */
export async function deleteTestSet(tx: TenantTx, place: Place & { id: string }): Promise<void> {
  await on(tx)
    .deleteFrom('test_sets')
    .where('organization_id', '=', place.organizationId)
    .where('workspace_id', '=', place.workspaceId)
    .where('id', '=', place.id)
    .execute();
}

/** Says that the set was changed, which also holds others who change it back until the transaction ends. */
export async function touchTestSet(tx: TenantTx, place: Place & { id: string }, at: Date): Promise<void> {
  await on(tx)
    .updateTable('test_sets')
    .set({ updated_at: at })
    .where('organization_id', '=', place.organizationId)
    .where('workspace_id', '=', place.workspaceId)
    .where('id', '=', place.id)
    .execute();
}

export type NewQuery = { id: string; key: string; query: string; expected: Expectation[] };

/** Adds queries; one whose key is there is replaced. */
export async function putQueries(
  tx: TenantTx,
  at: Place & { id: string },
  queries: readonly NewQuery[],
): Promise<void> {
  const place = { organization_id: at.organizationId, workspace_id: at.workspaceId, test_set_id: at.id };
  await on(tx)
    .insertInto('test_queries')
    .values(queries.map((one) => ({ ...place, ...one, expected: JSON.stringify(one.expected) })))
    .onConflict((c) =>
      c.columns(['organization_id', 'test_set_id', 'key']).doUpdateSet((e) => ({
        query: e.ref('excluded.query'),
        expected: e.ref('excluded.expected'),
      })),
    )
    .execute();
}

/** A page of the queries of a set, newest first or, with `after`, in the order they came; reads one more than `limit`. */
export async function listQueries(
  tx: TenantTx,
  at: Place & { id: string },
  page: { limit: number; before?: string | undefined; after?: string | undefined },
): Promise<TestQueryRow[]> {
  let query = on(tx)
    .selectFrom('test_queries')
    .select(['id', 'key', 'query', 'expected'])
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('test_set_id', '=', at.id);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  if (page.after !== undefined) query = query.where('id', '>', page.after);
  return query
    .orderBy('id', page.after === undefined ? 'desc' : 'asc')
    .limit(page.limit + 1)
    .execute();
}

/** Deletes a query; its key, or undefined when there was none. */
export async function deleteQuery(
  tx: TenantTx,
  at: Place & { id: string; queryId: string },
): Promise<string | undefined> {
  const row = await on(tx)
    .deleteFrom('test_queries')
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('test_set_id', '=', at.id)
    .where('id', '=', at.queryId)
    .returning('key')
    .executeTakeFirst();
  return row?.key;
}
