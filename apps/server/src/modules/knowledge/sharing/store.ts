// Queries on shares: which other workspaces read a collection. Every one names the organization and the giving workspace.
import { type Kysely, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { KnowledgeTables } from '../tables.ts';

export type Given = { organizationId: string; workspaceId: string; collectionId: string };
/** `id`: the workspace that takes. */
export type ShareRow = {
  id: string;
  workspace_name: string | null;
  collection_id: string;
  granted_by: string | null;
  granted_by_name: string;
  created_at: Date;
};

const on = (tx: TenantTx) => tx.$extendTables<KnowledgeTables>() as unknown as Kysely<KnowledgeTables>;

/** A page of the shares of a collection; reads one more than `limit`. A workspace out of sight has no name. */
export async function listShares(
  tx: TenantTx,
  given: Given,
  page: { limit: number; before: string | undefined },
): Promise<ShareRow[]> {
  let query = on(tx)
    .selectFrom('collection_shares as s')
    .leftJoin('workspaces as w', (join) =>
      join.onRef('w.organization_id', '=', 's.organization_id').onRef('w.id', '=', 's.to_workspace_id'),
    )
    .select(['s.to_workspace_id as id', 'w.name as workspace_name', 's.collection_id', 's.granted_by'])
    .select(['s.granted_by_name', 's.created_at'])
    .where('s.organization_id', '=', given.organizationId)
    .where('s.workspace_id', '=', given.workspaceId)
    .where('s.collection_id', '=', given.collectionId);
  if (page.before !== undefined) query = query.where('s.to_workspace_id', '<', page.before);
  return query
    .orderBy('s.to_workspace_id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** How much is shared already: by the collection, and with the workspace; holds others who share either back meanwhile. */
export async function countAround(
  tx: TenantTx,
  given: Given & { toWorkspaceId: string },
): Promise<{ of_collection: number; with_workspace: number }> {
  const key = `shares ${given.organizationId}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(tx);
  const row = await on(tx)
    .selectFrom('collection_shares')
    .select([
      sql<number>`(count(*) filter (where collection_id = ${given.collectionId}))::int`.as('of_collection'),
      sql<number>`(count(*) filter (where to_workspace_id = ${given.toWorkspaceId}))::int`.as(
        'with_workspace',
      ),
    ])
    .where('organization_id', '=', given.organizationId)
    .where((e) =>
      e.or([e('collection_id', '=', given.collectionId), e('to_workspace_id', '=', given.toWorkspaceId)]),
    )
    .executeTakeFirstOrThrow();
  return row;
}

/** Shares a collection; undefined when it is shared with that workspace already. */
export async function addShare(
  tx: TenantTx,
  row: Omit<KnowledgeTables['collection_shares'], 'created_at'>,
): Promise<{ created_at: Date } | undefined> {
  return on(tx)
    .insertInto('collection_shares')
    .values(row)
    .onConflict((c) => c.doNothing())
    .returning('created_at')
    .executeTakeFirst();
}

/** Ends a share; false when there was none. */
export async function deleteShare(tx: TenantTx, given: Given & { toWorkspaceId: string }): Promise<boolean> {
  const done = await on(tx)
    .deleteFrom('collection_shares')
    .where('organization_id', '=', given.organizationId)
    .where('workspace_id', '=', given.workspaceId)
    .where('collection_id', '=', given.collectionId)
    .where('to_workspace_id', '=', given.toWorkspaceId)
    .executeTakeFirst();
  return (done.numDeletedRows ?? 0n) > 0n;
}

/** The workspace, if the transaction sees it; it stays until the transaction ends. */
export async function holdTaker(
  tx: TenantTx,
  at: { organizationId: string; id: string },
): Promise<{ name: string } | undefined> {
  return on(tx)
    .selectFrom('workspaces')
    .select('name')
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.id)
    .forKeyShare()
    .executeTakeFirst();
}
