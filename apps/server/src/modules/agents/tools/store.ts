// Queries on the tools of a workspace.
import type { Kysely } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { AgentTables } from '../tables.ts';

type At = { organizationId: string; workspaceId: string };

const on = (tx: TenantTx) => tx.$extendTables<AgentTables>() as unknown as Kysely<AgentTables>;

/** Which of the tools are there, in the order given. */
export async function listExistingTools(tx: TenantTx, at: At, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await on(tx)
    .selectFrom('agent_tools')
    .select('id')
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('id', 'in', ids)
    .execute();
  const found = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => found.has(id));
}
