// Queries on the tools of a workspace.
import type { Kysely, Selectable } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { AgentTables } from '../tables.ts';

type At = { organizationId: string; workspaceId: string };
export type ToolRow = Selectable<AgentTables['agent_tools']>;

const columns = [
  'organization_id',
  'id',
  'workspace_id',
  'name',
  'description',
  'kind',
  'settings',
  'secret',
  'requires_approval',
  'is_active',
  'created_at',
  'updated_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<AgentTables>() as unknown as Kysely<AgentTables>;

const within = (tx: TenantTx, at: At) =>
  on(tx)
    .selectFrom('agent_tools')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId);

/** Which of the tools are there, in the order given. */
export async function listExistingTools(tx: TenantTx, at: At, ids: string[]): Promise<string[]> {
  const found = new Set((await listTools(tx, at, ids)).map(({ id }) => id));
  return ids.filter((id) => found.has(id));
}

/** The tools of these ids that are there. */
export async function listTools(tx: TenantTx, at: At, ids: string[]): Promise<ToolRow[]> {
  if (ids.length === 0) return [];
  return within(tx, at).where('id', 'in', ids).orderBy('id').execute();
}

/** A page of tools, newest first; reads one more than `limit`. */
export async function pageTools(
  tx: TenantTx,
  at: At,
  page: { limit: number; before: string | undefined },
): Promise<ToolRow[]> {
  let query = within(tx, at);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** One tool of the workspace, with its sealed headers. */
export async function findTool(tx: TenantTx, at: At, id: string): Promise<ToolRow | undefined> {
  return within(tx, at).where('id', '=', id).executeTakeFirst();
}

export type NewTool = Omit<ToolRow, 'created_at' | 'updated_at'>;

/** Adds a tool; undefined when its name is taken in the workspace. */
export async function addTool(tx: TenantTx, row: NewTool): Promise<ToolRow | undefined> {
  return on(tx)
    .insertInto('agent_tools')
    .values({ ...row, settings: JSON.stringify(row.settings) })
    .onConflict((c) => c.columns(['organization_id', 'workspace_id', 'name']).doNothing())
    .returning(columns)
    .executeTakeFirst();
}

/** Changes what is given; undefined when there is no such tool. Throws the database's error when the name is taken. */
export async function updateTool(
  tx: TenantTx,
  at: At & { id: string },
  change: Partial<Omit<NewTool, 'organization_id' | 'id' | 'workspace_id' | 'kind'>>,
): Promise<ToolRow | undefined> {
  const { settings, ...rest } = change;
  return on(tx)
    .updateTable('agent_tools')
    .set({ ...rest, ...(settings ? { settings: JSON.stringify(settings) } : {}), updated_at: new Date() })
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('id', '=', at.id)
    .returning(columns)
    .executeTakeFirst();
}

/** Deletes a tool; undefined when there was none. */
export async function deleteTool(
  tx: TenantTx,
  at: At & { id: string },
): Promise<{ name: string } | undefined> {
  return on(tx)
    .deleteFrom('agent_tools')
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('id', '=', at.id)
    .returning('name')
    .executeTakeFirst();
}
