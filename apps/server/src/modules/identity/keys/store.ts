// Queries on API keys. Every one names the organization and the workspace, and the door holds it to both.
import type { Kysely } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { IdentityTables } from '../tables.ts';

export type ApiKeyRow = IdentityTables['api_keys'];
type ShownKey = Omit<ApiKeyRow, 'key_hash'>;
type Place = { organizationId: string; workspaceId: string };

const columns = [
  'organization_id',
  'id',
  'workspace_id',
  'name',
  'mode',
  'reference',
  'scopes',
  'organization_permissions',
  'rate_limit_per_minute',
  'rate_limits',
  'created_by',
  'expires_at',
  'revoked_at',
  'last_used_at',
  'created_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<IdentityTables>() as unknown as Kysely<IdentityTables>;

/** Adds a key, and answers it without its digest. */
export async function addKey(tx: TenantTx, row: ApiKeyRow): Promise<ShownKey> {
  return on(tx).insertInto('api_keys').values(row).returning(columns).executeTakeFirstOrThrow();
}

/** One key of the workspace. */
export async function findKey(
  tx: TenantTx,
  at: Place & { keyId: string; forChange?: boolean },
): Promise<ShownKey | undefined> {
  let query = on(tx)
    .selectFrom('api_keys')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('id', '=', at.keyId);
  if (at.forChange) query = query.forUpdate();
  return query.executeTakeFirst();
}

/** The workspace that a key of the organization lives in; undefined when there is no such key. */
export async function findKeyWorkspace(
  tx: TenantTx,
  at: { organizationId: string; keyId: string },
): Promise<string | undefined> {
  const row = await on(tx)
    .selectFrom('api_keys')
    .select('workspace_id')
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.keyId)
    .executeTakeFirst();
  return row?.workspace_id;
}

/** A page of keys, newest first; reads one more than `limit`. */
export async function listKeys(
  tx: TenantTx,
  page: Place & { limit: number; before: string | undefined },
): Promise<ShownKey[]> {
  let query = on(tx)
    .selectFrom('api_keys')
    .select(columns)
    .where('organization_id', '=', page.organizationId)
    .where('workspace_id', '=', page.workspaceId);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** Ends a key now (`revoked_at`) or later (`expires_at`). */
export async function endKey(
  tx: TenantTx,
  at: Place & { keyId: string },
  change: { revoked_at: Date } | { expires_at: Date },
): Promise<ShownKey> {
  return on(tx)
    .updateTable('api_keys')
    .set(change)
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('id', '=', at.keyId)
    .returning(columns)
    .executeTakeFirstOrThrow();
}
