// Queries on workspaces. Every one names the organization, and the door holds it to that.
import type { OwnLimits } from '@insula/contract/configuration';
import { type Kysely, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { TenancyTables } from '../tables.ts';

export type WorkspaceRow = {
  organization_id: string;
  id: string;
  name: string;
  slug: string;
  description: string;
  settings: Record<string, unknown>;
  rate_limits: OwnLimits;
  document_count: number;
  created_at: Date;
  updated_at: Date;
};

const columns = [
  'organization_id',
  'id',
  'name',
  'slug',
  'description',
  'settings',
  'rate_limits',
  'document_count',
  'created_at',
  'updated_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<TenancyTables>() as unknown as Kysely<TenancyTables>;

/** One workspace, if the transaction can see it. */
export async function findWorkspace(
  tx: TenantTx,
  at: { organizationId: string; workspaceId: string },
): Promise<WorkspaceRow | undefined> {
  return on(tx)
    .selectFrom('workspaces')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.workspaceId)
    .executeTakeFirst();
}

/** A page of workspaces, newest first; reads one more than `limit`. */
export async function listWorkspaces(
  tx: TenantTx,
  page: { organizationId: string; limit: number; before: string | undefined; slug: string | undefined },
): Promise<WorkspaceRow[]> {
  let query = on(tx)
    .selectFrom('workspaces')
    .select(columns)
    .where('organization_id', '=', page.organizationId);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  if (page.slug !== undefined) query = query.where('slug', '=', page.slug);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** How many workspaces the organization has. */
export async function countWorkspaces(tx: TenantTx, organizationId: string): Promise<number> {
  const row = await on(tx)
    .selectFrom('workspaces')
    .select((e) => e.fn.countAll<number>().as('n'))
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
  return row?.n ?? 0;
}

/** The id of the oldest workspace. */
export async function findOldest(tx: TenantTx, organizationId: string): Promise<string | undefined> {
  const row = await on(tx)
    .selectFrom('workspaces')
    .select('id')
    .where('organization_id', '=', organizationId)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

/** Adds a workspace and returns its row; the slug must be free. */
export async function addWorkspace(
  tx: TenantTx,
  row: Pick<WorkspaceRow, 'organization_id' | 'id' | 'name' | 'slug' | 'description' | 'settings'>,
): Promise<WorkspaceRow> {
  return on(tx)
    .insertInto('workspaces')
    .values({ ...row, settings: JSON.stringify(row.settings) })
    .returning(columns)
    .executeTakeFirstOrThrow();
}

/** Changes what is given; undefined when there is no such workspace. */
export async function updateWorkspace(
  tx: TenantTx,
  at: { organizationId: string; workspaceId: string },
  change: Partial<Pick<WorkspaceRow, 'name' | 'slug' | 'description' | 'settings' | 'rate_limits'>>,
): Promise<WorkspaceRow | undefined> {
  const { settings, rate_limits, ...rest } = change;
  const objects = {
    ...(settings ? { settings: JSON.stringify(settings) } : {}),
    ...(rate_limits ? { rate_limits: JSON.stringify(rate_limits) } : {}),
  };
  return on(tx)
    .updateTable('workspaces')
    .set({ ...rest, ...objects, updated_at: new Date() })
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.workspaceId)
    .returning(columns)
    .executeTakeFirst();
}

/** Deletes a workspace with everything in it; false when there was none. */
export async function deleteWorkspace(
  tx: TenantTx,
  at: { organizationId: string; workspaceId: string },
): Promise<boolean> {
  const done = await on(tx)
    .deleteFrom('workspaces')
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.workspaceId)
    .executeTakeFirst();
  return (done.numDeletedRows ?? 0n) > 0n;
}

/** Calls of this month (UTC) per workspace, from the ledger. */
export async function countMonthlyRequests(
  tx: TenantTx,
  at: { organizationId: string; workspaceIds: string[]; since: Date },
): Promise<Map<string, number>> {
  if (at.workspaceIds.length === 0) return new Map();
  const { rows } = await sql<{
    workspace_id: string;
    n: number;
  }>`select workspace_id, count(distinct id) as n from ledger.calls
    where organization_id = ${at.organizationId} and at >= ${at.since} and workspace_id = any (${at.workspaceIds}::uuid[]) group by workspace_id`.execute(
    tx,
  );
  return new Map(rows.map((row) => [row.workspace_id, row.n]));
}
