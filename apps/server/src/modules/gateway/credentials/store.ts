// Queries on provider credentials. Secrets leave this file sealed.
import type { Insertable, Kysely, Selectable } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import { livesIn } from '../lives-in.ts';
import type { GatewayTables } from '../tables.ts';

export type CredentialRow = Selectable<GatewayTables['credentials']>;
/** A row as it is written; `settings` as JSON text. */
type WrittenRow = Insertable<GatewayTables['credentials']>;
/** Where credentials live: a workspace, or (null) the organization as a whole. */
export type Home = { organizationId: string; workspaceId: string | null };

const columns = [
  'organization_id',
  'id',
  'workspace_id',
  'name',
  'provider',
  'base_url',
  'secret',
  'secret_hint',
  'settings',
  'models',
  'priority',
  'status',
  'tested_at',
  'test_error',
  'created_at',
  'updated_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<GatewayTables>() as unknown as Kysely<GatewayTables>;

const within = (tx: TenantTx, home: Home) =>
  on(tx).selectFrom('credentials').select(columns).where(livesIn(home));

/** A page of credentials of one home, newest first; reads one more than `limit`. */
export async function listCredentials(
  tx: TenantTx,
  home: Home,
  page: { limit: number; before: string | undefined },
): Promise<CredentialRow[]> {
  let query = within(tx, home);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** Every active credential that a workspace can use: its own first, then the organization's, each by priority and age. */
export async function listUsableCredentials(
  tx: TenantTx,
  home: { organizationId: string; workspaceId: string },
): Promise<CredentialRow[]> {
  return on(tx)
    .selectFrom('credentials')
    .select(columns)
    .where('organization_id', '=', home.organizationId)
    .where((e) => e.or([e('workspace_id', '=', home.workspaceId), e('workspace_id', 'is', null)]))
    .where('status', '=', 'active')
    .orderBy('workspace_id', (o) => o.asc().nullsLast())
    .orderBy('priority')
    .orderBy('id')
    .limit(200)
    .execute();
}

/** One credential of a home. */
export async function findCredential(
  tx: TenantTx,
  home: Home,
  credentialId: string,
): Promise<CredentialRow | undefined> {
  return within(tx, home).where('id', '=', credentialId).executeTakeFirst();
}

/** Adds a credential. */
export async function addCredential(
  tx: TenantTx,
  row: Omit<WrittenRow, 'created_at' | 'updated_at' | 'status'>,
): Promise<CredentialRow> {
  return on(tx).insertInto('credentials').values(row).returning(columns).executeTakeFirstOrThrow();
}

/** Changes a credential of the organization; undefined when there is none. */
export async function updateCredential(
  tx: TenantTx,
  at: { organizationId: string; id: string },
  change: Partial<Omit<WrittenRow, 'organization_id' | 'id' | 'created_at'>>,
): Promise<CredentialRow | undefined> {
  return on(tx)
    .updateTable('credentials')
    .set({ ...change, updated_at: new Date() })
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.id)
    .returning(columns)
    .executeTakeFirst();
}

/** Removes a credential. */
export async function deleteCredential(
  tx: TenantTx,
  at: { organizationId: string; id: string },
): Promise<void> {
  await on(tx)
    .deleteFrom('credentials')
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.id)
    .execute();
}
