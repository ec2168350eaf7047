// Queries on collections and on who may see them. Every one names the organization, and the door holds it to that.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { KnowledgeTables } from '../tables.ts';

export type CollectionRow = Selectable<KnowledgeTables['collections']>;
/** As it is seen from a workspace; `shared_from`: the workspace that lets that one read it, null when it is its own. */
export type VisibleRow = CollectionRow & { shared_from: string | null };
export type Place = { organizationId: string; workspaceId: string };
/** Who looks: whoever sees all of the workspace has no need of groups. */
export type Viewer = { seesAll: boolean; memberId: string | null };

const columns = [
  'organization_id',
  'id',
  'workspace_id',
  'name',
  'slug',
  'description',
  'is_default',
  'access',
  'embedding_model',
  'embedding_generation',
  'next_embedding_model',
  'next_embedding_generation',
  'created_at',
  'updated_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<KnowledgeTables>() as unknown as Kysely<KnowledgeTables>;

const at = (tx: TenantTx, place: Place) =>
  on(tx)
    .selectFrom('collections as c')
    .select(columns.map((name) => `c.${name}` as const))
    .where('c.organization_id', '=', place.organizationId)
    .where('c.workspace_id', '=', place.workspaceId);

/** What a viewer may see of a workspace's own collections. */
function own(tx: TenantTx, place: Place, viewer: Viewer) {
  const all = at(tx, place).select(sql<string | null>`null::uuid`.as('shared_from'));
  if (viewer.seesAll) return all;
  return all.where((e) =>
    e.or([
      e('c.access', '=', 'everyone'),
      e.exists(
        e
          .selectFrom('collection_groups as g')
          .innerJoin('access_group_members as m', (join) =>
            join.onRef('m.organization_id', '=', 'g.organization_id').onRef('m.group_id', '=', 'g.group_id'),
          )
          .select('g.group_id')
          .where('g.organization_id', '=', place.organizationId)
          .whereRef('g.collection_id', '=', 'c.id')
          .where('m.member_id', '=', viewer.memberId),
      ),
    ]),
  );
}

/** The collections of other workspaces that are shared with one. */
const received = (tx: TenantTx, place: Place) =>
  on(tx)
    .selectFrom('collection_shares as s')
    .innerJoin('collections as c', (join) =>
      join.onRef('c.organization_id', '=', 's.organization_id').onRef('c.id', '=', 's.collection_id'),
    )
    .select(columns.map((name) => `c.${name}` as const))
    .select(sql<string | null>`c.workspace_id`.as('shared_from'))
    .where('s.organization_id', '=', place.organizationId)
    .where('s.to_workspace_id', '=', place.workspaceId);

/** What a viewer may see from a workspace, oldest first: its own and what is shared with it; only the one of `id` if that is given. */
export async function listVisible(
  tx: TenantTx,
  place: Place,
  viewer: Viewer & { id?: string | undefined },
): Promise<VisibleRow[]> {
  const { id } = viewer;
  const mine = own(tx, place, viewer);
  const shared = received(tx, place);
  const both =
    id === undefined
      ? mine.unionAll(shared)
      : mine.where('c.id', '=', id).unionAll(shared.where('s.collection_id', '=', id));
  return both.orderBy('id').execute();
}

/** The collection that documents of the workspace go to when none is named. */
export async function findDefaultCollection(tx: TenantTx, place: Place): Promise<CollectionRow | undefined> {
  return at(tx, place).where('c.is_default', '=', true).executeTakeFirst();
}

/** Adds a collection; undefined when its slug is taken or there is a default one already. */
export async function addCollection(
  tx: TenantTx,
  row: Pick<
    CollectionRow,
    | 'organization_id'
    | 'id'
    | 'workspace_id'
    | 'name'
    | 'slug'
    | 'description'
    | 'is_default'
    | 'embedding_model'
  >,
): Promise<CollectionRow | undefined> {
  return on(tx)
    .insertInto('collections')
    .values({
      ...row,
      access: 'everyone',
      embedding_generation: 1,
      next_embedding_model: null,
      next_embedding_generation: null,
    })
    .onConflict((c) => c.doNothing())
    .returning(columns)
    .executeTakeFirst();
}

/** Changes what is given of a collection of the workspace; undefined when there is none. */
export async function updateCollection(
  tx: TenantTx,
  place: Place & { id: string },
  change: Partial<Pick<CollectionRow, 'name' | 'description' | 'access' | 'updated_at'>>,
): Promise<CollectionRow | undefined> {
  return on(tx)
    .updateTable('collections')
    .set(change)
    .where('organization_id', '=', place.organizationId)
    .where('workspace_id', '=', place.workspaceId)
    .where('id', '=', place.id)
    .returning(columns)
    .executeTakeFirst();
}

/** Deletes a collection with everything in it. */
export async function deleteCollection(tx: TenantTx, place: Place & { id: string }): Promise<void> {
  await on(tx)
    .deleteFrom('collections')
    .where('organization_id', '=', place.organizationId)
    .where('workspace_id', '=', place.workspaceId)
    .where('id', '=', place.id)
    .execute();
}

/** How many collections a workspace has; holds the workspace's others back until the transaction ends. */
export async function countCollections(tx: TenantTx, place: Place): Promise<number> {
  const key = `collections ${place.organizationId} ${place.workspaceId}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(tx);
  const row = await at(tx, place)
    .clearSelect()
    .select(sql<number>`count(*)::int`.as('n'))
    .executeTakeFirstOrThrow();
  return row.n;
}

/** Whether the workspace exists in the sight of the transaction; keeps it from being deleted until the transaction ends. */
export async function holdWorkspace(tx: TenantTx, place: Place): Promise<boolean> {
  const row = await on(tx)
    .selectFrom('workspaces')
    .select('id')
    .where('organization_id', '=', place.organizationId)
    .where('id', '=', place.workspaceId)
    .forKeyShare()
    .executeTakeFirst();
  return row !== undefined;
}

export type Contents = {
  documents: { status: string; searchable: boolean; n: number }[];
  passages: number;
};

/** With how many workspaces a collection is shared. */
export async function countShares(
  tx: TenantTx,
  place: { organizationId: string; id: string },
): Promise<number> {
  const row = await on(tx)
    .selectFrom('collection_shares')
    .select(sql<number>`count(*)::int`.as('n'))
    .where('organization_id', '=', place.organizationId)
    .where('collection_id', '=', place.id)
    .executeTakeFirstOrThrow();
  return row.n;
}

/** What is in a collection: documents by the state of their newest version, and the passages that searches find. */
export async function countContents(
  tx: TenantTx,
  place: { organizationId: string; id: string },
): Promise<Contents> {
  const { rows } = await sql<{ status: string; searchable: boolean; n: number; passages: string }>`
    select l.status, d.version is not null as searchable, count(*)::int as n, coalesce(sum(r.chunk_count), 0) as passages
    from documents d
    join document_versions l on l.organization_id = d.organization_id and l.document_id = d.id and l.version = d.latest_version
    left join document_versions r on r.organization_id = d.organization_id and r.document_id = d.id and r.version = d.version
    where d.organization_id = ${place.organizationId} and d.collection_id = ${place.id}
    group by l.status, d.version is not null`.execute(tx);
  const passages = rows.reduce((sum, row) => sum + Number(row.passages), 0);
  return { documents: rows.map(({ status, searchable, n }) => ({ status, searchable, n })), passages };
}

/** Takes removed documents off the workspace's count. */
export async function subtractDocuments(tx: TenantTx, place: Place, documents: number): Promise<void> {
  if (documents === 0) return;
  await on(tx)
    .updateTable('workspaces')
    .set((e) => ({ document_count: sql<number>`greatest(0, ${e.ref('document_count')} - ${documents})` }))
    .where('organization_id', '=', place.organizationId)
    .where('id', '=', place.workspaceId)
    .execute();
}
