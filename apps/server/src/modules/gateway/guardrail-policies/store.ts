// Queries on the policies of guardrails: one a workspace, and one (workspace null) for the whole organization.
import type { Kysely, Selectable } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { Home } from '../credentials/store.ts';
import { livesIn } from '../lives-in.ts';
import type { GatewayTables } from '../tables.ts';

export type PolicyRow = Selectable<GatewayTables['guardrails']>;

const columns = ['organization_id', 'id', 'workspace_id', 'policy', 'updated_at'] as const;
const on = (tx: TenantTx) => tx.$extendTables<GatewayTables>() as unknown as Kysely<GatewayTables>;

/** The policy of one home. */
export async function findPolicy(tx: TenantTx, home: Home): Promise<PolicyRow | undefined> {
  return on(tx).selectFrom('guardrails').select(columns).where(livesIn(home)).executeTakeFirst();
}

/** The policies that hold in a workspace: the organization's first. */
export async function listPolicies(
  tx: TenantTx,
  at: { organizationId: string; workspaceId: string },
): Promise<PolicyRow[]> {
  return on(tx)
    .selectFrom('guardrails')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where((e) => e.or([e('workspace_id', '=', at.workspaceId), e('workspace_id', 'is', null)]))
    .orderBy('workspace_id', (o) => o.asc().nullsFirst())
    .limit(2)
    .execute();
}

/** Writes the policy of a home in the place of the one before. */
export async function savePolicy(
  tx: TenantTx,
  row: { organization_id: string; id: string; workspace_id: string | null; policy: string; updated_at: Date },
): Promise<PolicyRow> {
  return on(tx)
    .insertInto('guardrails')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['organization_id', 'workspace_id'])
        .doUpdateSet({ policy: row.policy, updated_at: row.updated_at }),
    )
    .returning(columns)
    .executeTakeFirstOrThrow();
}
