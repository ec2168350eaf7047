// Queries on the versions of agents. A version is added with the change it tells of, and never changed.
import type { Kysely } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { AgentTables } from '../tables.ts';

export type VersionRow = {
  organization_id: string;
  id: string;
  workspace_id: string;
  agent_id: string;
  version: number;
  fields: Record<string, unknown>;
  changed: string[];
  restored_from: number | null;
  created_by: string | null;
  created_by_name: string | null;
  created_at: Date;
};
type At = { organizationId: string; workspaceId: string; agentId: string };

const columns = [
  'organization_id',
  'id',
  'workspace_id',
  'agent_id',
  'version',
  'fields',
  'changed',
  'restored_from',
  'created_by',
  'created_by_name',
  'created_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<AgentTables>() as unknown as Kysely<AgentTables>;

const versionsOf = (tx: TenantTx, at: At) =>
  on(tx)
    .selectFrom('agent_versions')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('agent_id', '=', at.agentId);

/** Writes a version down. */
export async function addVersion(tx: TenantTx, row: Omit<VersionRow, 'created_at'>): Promise<void> {
  await on(tx)
    .insertInto('agent_versions')
    .values({ ...row, fields: JSON.stringify(row.fields) })
    .execute();
}

/** A page of versions, newest first; reads one more than `limit`. */
export async function listVersions(
  tx: TenantTx,
  page: At & { limit: number; before: string | undefined },
): Promise<VersionRow[]> {
  let query = versionsOf(tx, page);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** One version by its number. */
export async function findVersion(
  tx: TenantTx,
  at: At & { version: number },
): Promise<VersionRow | undefined> {
  return versionsOf(tx, at).where('version', '=', at.version).executeTakeFirst();
}
