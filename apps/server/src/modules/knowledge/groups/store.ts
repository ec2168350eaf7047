// Queries on groups of people and on the collections they open. Every one names the organization and the workspace.
import { type Kysely, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { KnowledgeTables } from '../tables.ts';

export type Place = { organizationId: string; workspaceId: string };
export type GroupRow = {
  id: string;
  workspace_id: string;
  name: string;
  created_at: Date;
  members: number;
  collection_ids: string[];
};
export type GroupMemberRow = { id: string; email: string; name: string; added_at: Date };

const on = (tx: TenantTx) => tx.$extendTables<KnowledgeTables>() as unknown as Kysely<KnowledgeTables>;

const at = (tx: TenantTx, place: Place) =>
  on(tx)
    .selectFrom('access_groups as g')
    .where('g.organization_id', '=', place.organizationId)
    .where('g.workspace_id', '=', place.workspaceId)
    .select((e) => [
      ...(['g.id', 'g.workspace_id', 'g.name', 'g.created_at'] as const),
      e
        .selectFrom('access_group_members as m')
        .select(sql<number>`count(*)::int`.as('n'))
        .where('m.organization_id', '=', place.organizationId)
        .whereRef('m.group_id', '=', 'g.id')
        .as('members'),
      e
        .selectFrom('collection_groups as c')
        .select(sql<string[]>`coalesce(array_agg(c.collection_id order by c.collection_id), '{}')`.as('ids'))
        .where('c.organization_id', '=', place.organizationId)
        .whereRef('c.group_id', '=', 'g.id')
        .as('collection_ids'),
    ])
    .$castTo<GroupRow>();

/** A page of groups, newest first; reads one more than `limit`. */
export async function listGroups(
  tx: TenantTx,
  place: Place,
  page: { limit: number; before: string | undefined },
): Promise<GroupRow[]> {
  let query = at(tx, place);
  if (page.before !== undefined) query = query.where('g.id', '<', page.before);
  return query
    .orderBy('g.id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** One group of the workspace. */
export async function findGroup(tx: TenantTx, place: Place & { id: string }): Promise<GroupRow | undefined> {
  return at(tx, place).where('g.id', '=', place.id).executeTakeFirst();
}

/** Which of the groups are of the workspace, with their names. */
export async function listGroupNames(
  tx: TenantTx,
  place: Place,
  ids: string[],
): Promise<{ id: string; name: string }[]> {
  if (ids.length === 0) return [];
  return on(tx)
    .selectFrom('access_groups')
    .select(['id', 'name'])
    .where('organization_id', '=', place.organizationId)
    .where('workspace_id', '=', place.workspaceId)
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .orderBy('id')
    .execute();
}

/** How many groups a workspace has; holds the workspace's others back until the transaction ends. */
export async function countGroups(tx: TenantTx, place: Place): Promise<number> {
  const key = `groups ${place.organizationId} ${place.workspaceId}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(tx);
  const row = await on(tx)
    .selectFrom('access_groups')
    .select(sql<number>`count(*)::int`.as('n'))
    .where('organization_id', '=', place.organizationId)
    .where('workspace_id', '=', place.workspaceId)
    .executeTakeFirstOrThrow();
  return row.n;
}

/** Adds a group; false when its name is taken. */
export async function addGroup(
  tx: TenantTx,
  row: Pick<KnowledgeTables['access_groups'], 'organization_id' | 'id' | 'workspace_id' | 'name'>,
): Promise<boolean> {
  const done = await on(tx)
    .insertInto('access_groups')
    .values(row)
    .onConflict((c) => c.doNothing())
    .executeTakeFirst();
  return (done.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Whether another group of the workspace has the name. */
export async function isNameTaken(tx: TenantTx, place: Place, group: { id: string; name: string }) {
  const found = await on(tx)
    .selectFrom('access_groups')
    .select('id')
    .where('organization_id', '=', place.organizationId)
    .where('workspace_id', '=', place.workspaceId)
    .where('name', '=', group.name)
    .where('id', '!=', group.id)
    .executeTakeFirst();
  return found !== undefined;
}

/** Renames a group; the name must be free. */
export async function renameGroup(tx: TenantTx, place: Place, group: { id: string; name: string }) {
  await on(tx)
    .updateTable('access_groups')
    .set({ name: group.name })
    .where('organization_id', '=', place.organizationId)
    .where('workspace_id', '=', place.workspaceId)
    .where('id', '=', group.id)
    .execute();
}

/** Deletes a group; the collections it opened to its people stay. */
export async function deleteGroup(tx: TenantTx, place: Place & { id: string }): Promise<void> {
  await on(tx)
    .deleteFrom('access_groups')
    .where('organization_id', '=', place.organizationId)
    .where('workspace_id', '=', place.workspaceId)
    .where('id', '=', place.id)
    .execute();
}

/** A page of a group's people, in the order of their ids from the newest on; reads one more than `limit`. */
export async function listGroupMembers(
  tx: TenantTx,
  group: { organizationId: string; id: string },
  page: { limit: number; before: string | undefined },
): Promise<GroupMemberRow[]> {
  let query = on(tx)
    .selectFrom('access_group_members as g')
    .innerJoin('members as m', (join) =>
      join.onRef('m.organization_id', '=', 'g.organization_id').onRef('m.id', '=', 'g.member_id'),
    )
    .select(['m.id', 'm.email', 'm.name', 'g.created_at as added_at'])
    .where('g.organization_id', '=', group.organizationId)
    .where('g.group_id', '=', group.id);
  if (page.before !== undefined) query = query.where('m.id', '<', page.before);
  return query
    .orderBy('m.id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

type Membership = { organization_id: string; group_id: string; member_id: string };

/** Puts a person into a group; nothing happens to one who is there. */
export async function addGroupMember(
  tx: TenantTx,
  row: Membership & { workspace_id: string },
): Promise<void> {
  await on(tx)
    .insertInto('access_group_members')
    .values(row)
    .onConflict((c) => c.doNothing())
    .execute();
}

/** Takes a person out of a group; false when they were not in it. */
export async function deleteGroupMember(tx: TenantTx, row: Membership): Promise<boolean> {
  const done = await on(tx)
    .deleteFrom('access_group_members')
    .where('organization_id', '=', row.organization_id)
    .where('group_id', '=', row.group_id)
    .where('member_id', '=', row.member_id)
    .executeTakeFirst();
  return (done.numDeletedRows ?? 0n) > 0n;
}

/** The groups whose people see a collection that is not for everyone. */
export async function listCollectionGroups(
  tx: TenantTx,
  place: Place & { collectionId: string },
): Promise<{ id: string; name: string }[]> {
  return on(tx)
    .selectFrom('collection_groups as c')
    .innerJoin('access_groups as g', (join) =>
      join.onRef('g.organization_id', '=', 'c.organization_id').onRef('g.id', '=', 'c.group_id'),
    )
    .select(['g.id', 'g.name'])
    .where('c.organization_id', '=', place.organizationId)
    .where('c.workspace_id', '=', place.workspaceId)
    .where('c.collection_id', '=', place.collectionId)
    .orderBy('g.id')
    .execute();
}

/** Makes these, and no others, the groups of a collection. */
export async function replaceCollectionGroups(
  tx: TenantTx,
  place: Place & { collectionId: string },
  groupIds: string[],
): Promise<void> {
  await on(tx)
    .deleteFrom('collection_groups')
    .where('organization_id', '=', place.organizationId)
    .where('workspace_id', '=', place.workspaceId)
    .where('collection_id', '=', place.collectionId)
    .execute();
  if (groupIds.length === 0) return;
  const row = {
    organization_id: place.organizationId,
    collection_id: place.collectionId,
    workspace_id: place.workspaceId,
  };
  await on(tx)
    .insertInto('collection_groups')
    .values(groupIds.map((group_id) => ({ ...row, group_id })))
    .execute();
}
