// Queries on agents. Every one names organization and workspace, and the door holds it to the first.
import type { Personality } from '@insula/contract/personality';
import { type Kysely, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { AgentTables } from '../tables.ts';

export type AgentRow = {
  organization_id: string;
  id: string;
  workspace_id: string;
  name: string;
  slug: string;
  description: string;
  system_prompt: string;
  model_provider: string | null;
  model_name: string | null;
  temperature: number;
  enabled_tools: string[];
  tool_config: Record<string, unknown>;
  tool_ids: string[];
  personality: Personality;
  version: number;
  template: string | null;
  is_active: boolean;
  created_at: Date;
  updated_at: Date;
};
export type Place = { organizationId: string; workspaceId: string };

const columns = [
  'organization_id',
  'id',
  'workspace_id',
  'name',
  'slug',
  'description',
  'system_prompt',
  'model_provider',
  'model_name',
  'temperature',
  'enabled_tools',
  'tool_config',
  'tool_ids',
  'personality',
  'version',
  'template',
  'is_active',
  'created_at',
  'updated_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<AgentTables>() as unknown as Kysely<AgentTables>;

const workspaceAt = (tx: TenantTx, at: Place) =>
  on(tx)
    .selectFrom('workspaces')
    .select('id')
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.workspaceId);

/** Whether the workspace exists in the sight of the transaction. */
export async function hasWorkspace(tx: TenantTx, at: Place): Promise<boolean> {
  return (await workspaceAt(tx, at).executeTakeFirst()) !== undefined;
}

/** Whether the workspace exists in the sight of the transaction; keeps it from being deleted until the transaction ends. */
export async function holdWorkspace(tx: TenantTx, at: Place): Promise<boolean> {
  return (await workspaceAt(tx, at).forKeyShare().executeTakeFirst()) !== undefined;
}

/** One agent of the workspace. */
export async function findAgent(
  tx: TenantTx,
  at: Place & { agentId: string },
): Promise<AgentRow | undefined> {
  return on(tx)
    .selectFrom('agents')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('id', '=', at.agentId)
    .executeTakeFirst();
}

/** The first agent of the workspace that is active, by age. */
export async function findFirstAgent(tx: TenantTx, at: Place): Promise<AgentRow | undefined> {
  return on(tx)
    .selectFrom('agents')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('is_active', '=', true)
    .orderBy('created_at')
    .orderBy('id')
    .executeTakeFirst();
}

/** The agent of the workspace with the slug. */
export async function findAgentBySlug(
  tx: TenantTx,
  at: Place & { slug: string },
): Promise<AgentRow | undefined> {
  return on(tx)
    .selectFrom('agents')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('slug', '=', at.slug)
    .executeTakeFirst();
}

/** A page of agents, newest first; reads one more than `limit`. */
export async function listAgents(
  tx: TenantTx,
  page: Place & { limit: number; before: string | undefined; slug: string | undefined },
): Promise<AgentRow[]> {
  let query = on(tx)
    .selectFrom('agents')
    .select(columns)
    .where('organization_id', '=', page.organizationId)
    .where('workspace_id', '=', page.workspaceId);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  if (page.slug !== undefined) query = query.where('slug', '=', page.slug);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** Adds an agent; undefined when its slug is taken in the workspace. */
export async function addAgent(
  tx: TenantTx,
  row: Omit<AgentRow, 'version' | 'created_at' | 'updated_at'>,
): Promise<AgentRow | undefined> {
  return on(tx)
    .insertInto('agents')
    .values({
      ...row,
      tool_config: JSON.stringify(row.tool_config),
      personality: JSON.stringify(row.personality),
    })
    .onConflict((c) => c.columns(['organization_id', 'workspace_id', 'slug']).doNothing())
    .returning(columns)
    .executeTakeFirst();
}

/** Changes what is given, which makes the next version; undefined when there is no such agent. Throws the database's error when the slug is taken. */
export async function updateAgent(
  tx: TenantTx,
  at: Place & { agentId: string },
  change: Partial<Omit<AgentRow, 'organization_id' | 'workspace_id' | 'id' | 'version' | 'created_at'>>,
): Promise<AgentRow | undefined> {
  const { tool_config, personality, ...rest } = change;
  return on(tx)
    .updateTable('agents')
    .set({
      ...rest,
      ...(tool_config ? { tool_config: JSON.stringify(tool_config) } : {}),
      ...(personality ? { personality: JSON.stringify(personality) } : {}),
      version: sql<number>`version + 1`,
    })
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('id', '=', at.agentId)
    .returning(columns)
    .executeTakeFirst();
}

/** The slugs of the workspace that begin with `stem`, which holds letters, digits and hyphens only. */
export async function listSlugs(tx: TenantTx, at: Place, stem: string): Promise<string[]> {
  const rows = await on(tx)
    .selectFrom('agents')
    .select('slug')
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('slug', 'like', `${stem}%`)
    .execute();
  return rows.map(({ slug }) => slug);
}

/** Deletes an agent; undefined when there was none. */
export async function deleteAgent(
  tx: TenantTx,
  at: Place & { agentId: string },
): Promise<{ name: string; slug: string } | undefined> {
  return on(tx)
    .deleteFrom('agents')
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('id', '=', at.agentId)
    .returning(['name', 'slug'])
    .executeTakeFirst();
}
