// Queries on budgets: what they are (the tenant's table), and what is spent and reserved of them (the ledger's, read only).
import { type Kysely, type Selectable, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { OwnerTx } from '../../../platform/db/owner.ts';
import type { GatewayTables } from '../tables.ts';

export type BudgetRow = Selectable<GatewayTables['budgets']>;
type Place = { organizationId: string; id: string };

const columns = [
  'organization_id',
  'id',
  'name',
  'scope',
  'workspace_id',
  'api_key_id',
  'key_ids',
  'amount_micros',
  'currency',
  'period',
  'thresholds',
  'unknown_price',
  'opening_micros',
  'opening_period',
  'created_at',
  'updated_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<GatewayTables>() as unknown as Kysely<GatewayTables>;

/** A page of budgets, newest first; reads one more than `limit`. */
export async function listBudgets(
  tx: TenantTx,
  page: { organizationId: string; limit: number; before: string | undefined },
): Promise<BudgetRow[]> {
  let query = on(tx).selectFrom('budgets').select(columns).where('organization_id', '=', page.organizationId);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** Every budget that can hold for calls of a workspace: the organization's, its own, and those of its keys; oldest first. */
export async function listBudgetsOf(
  tx: TenantTx,
  at: { organizationId: string; workspaceId: string },
): Promise<BudgetRow[]> {
  return on(tx)
    .selectFrom('budgets')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where((e) => e.or([e('workspace_id', 'is', null), e('workspace_id', '=', at.workspaceId)]))
    .orderBy('id')
    .execute();
}

/** One budget of the organization; undefined when there is none. */
export async function findBudget(tx: TenantTx, at: Place): Promise<BudgetRow | undefined> {
  return on(tx)
    .selectFrom('budgets')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.id)
    .executeTakeFirst();
}

/** How many budgets there are. */
export async function countBudgets(tx: TenantTx, organizationId: string): Promise<number> {
  const row = await on(tx)
    .selectFrom('budgets')
    .select((e) => e.fn.countAll<number>().as('n'))
    .where('organization_id', '=', organizationId)
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

/** Adds a budget and returns its row. */
export async function addBudget(
  tx: TenantTx,
  row: Omit<BudgetRow, 'created_at' | 'updated_at'>,
): Promise<BudgetRow> {
  return on(tx).insertInto('budgets').values(row).returning(columns).executeTakeFirstOrThrow();
}

/** Changes a budget; undefined when there is none. */
export async function updateBudget(
  tx: TenantTx,
  at: Place,
  change: Partial<Pick<BudgetRow, 'name' | 'amount_micros' | 'thresholds' | 'unknown_price'>>,
): Promise<BudgetRow | undefined> {
  return on(tx)
    .updateTable('budgets')
    .set({ ...change, updated_at: new Date() })
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.id)
    .returning(columns)
    .executeTakeFirst();
}

/** Lets the budgets of a key hold for the one that replaces it as well. */
export async function addSuccessor(
  tx: TenantTx,
  at: { organizationId: string; keyId: string; successorId: string },
): Promise<void> {
  await sql`update budgets set key_ids = key_ids || ${at.successorId}::uuid
    where organization_id = ${at.organizationId} and ${at.keyId}::uuid = any (key_ids)`.execute(tx);
}

/** Removes a budget with its notices; what the ledger counted of it stays. */
export async function deleteBudget(tx: TenantTx, at: Place): Promise<void> {
  await on(tx)
    .deleteFrom('budgets')
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.id)
    .execute();
}

/** What is spent and reserved of a period of a budget. */
export type Standing = { budget_id: string; spent_micros: number; reserved_micros: number };

/** The standing of periods of budgets; those without any call are not in the list. */
export async function listStandings(
  tx: TenantTx,
  organizationId: string,
  periods: { budgetId: string; start: Date }[],
): Promise<Standing[]> {
  if (periods.length === 0) return [];
  const ids = periods.map(({ budgetId }) => budgetId);
  const starts = periods.map(({ start }) => start.toISOString());
  const { rows } = await sql<Standing>`select budget_id, spent_micros::float8, reserved_micros::float8
    from ledger.budget_periods where organization_id = ${organizationId}
    and (budget_id, period_start) in (select * from unnest(${ids}::uuid[], ${starts}::timestamptz[]))`.execute(
    tx,
  );
  return rows;
}

/** What is spent and reserved of every period of an organization's budgets in one cluster; periods by their beginning (ms since the epoch). */
export async function listPeriods(
  tx: OwnerTx,
  organizationId: string,
): Promise<{ budget_id: string; start_ms: number; micros: number }[]> {
  const found = await tx.query<{ budget_id: string; start_ms: number; micros: number }>(
    `select budget_id, extract(epoch from period_start)::float8 * 1000 as start_ms,
      (spent_micros + reserved_micros)::float8 as micros
    from ledger.budget_periods where organization_id = $1`,
    [organizationId],
  );
  return found.rows;
}

/** What the ledger holds of a scope since a moment, in one currency. */
export async function sumSpent(
  tx: TenantTx,
  scope: {
    organizationId: string;
    workspaceId: string | null;
    keyId: string | null;
    currency: string;
    since: Date;
  },
): Promise<number> {
  const { organizationId, workspaceId, keyId, currency, since } = scope;
  const { rows } = await sql<{
    spent: number;
  }>`select coalesce(sum(cost_micros), 0)::float8 as spent from ledger.calls
    where organization_id = ${organizationId} and at >= ${since} and currency = ${currency}
    and (${workspaceId}::uuid is null or workspace_id = ${workspaceId}::uuid)
    and (${keyId}::uuid is null or actor_id = ${keyId}::uuid)`.execute(tx);
  return rows[0]?.spent ?? 0;
}

/** Notes that a threshold was announced; false when it was already. */
export async function addNotice(tx: TenantTx, row: GatewayTables['budget_notices']): Promise<boolean> {
  const added = await on(tx)
    .insertInto('budget_notices')
    .values(row)
    .onConflict((c) => c.doNothing())
    .returning('percent')
    .execute();
  return added.length > 0;
}
