// Queries on model routes, and on what their variants came to.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { Home } from '../credentials/store.ts';
import { livesIn } from '../lives-in.ts';
import type { GatewayTables } from '../tables.ts';

export type ModelRouteRow = Selectable<GatewayTables['model_routes']>;
export type NewModelRoute = Omit<ModelRouteRow, 'created_at' | 'updated_at' | 'targets'> & {
  targets: string;
};

const columns = [
  'organization_id',
  'id',
  'workspace_id',
  'name',
  'description',
  'strategy',
  'sticky',
  'targets',
  'attempts_max',
  'timeout_ms',
  'first_byte_timeout_ms',
  'is_active',
  'created_at',
  'updated_at',
] as const;
const on = (tx: TenantTx) => tx.$extendTables<GatewayTables>() as unknown as Kysely<GatewayTables>;

const within = (tx: TenantTx, home: Home) =>
  on(tx).selectFrom('model_routes').select(columns).where(livesIn(home));

/** A page of model routes of one home, newest first; reads one more than `limit`. */
export async function listModelRoutes(
  tx: TenantTx,
  home: Home,
  page: { limit: number; before: string | undefined },
): Promise<ModelRouteRow[]> {
  let query = within(tx, home);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** Every active route that holds in a workspace, its own before the organization's. */
export async function listUsableModelRoutes(
  tx: TenantTx,
  home: { organizationId: string; workspaceId: string },
): Promise<ModelRouteRow[]> {
  return on(tx)
    .selectFrom('model_routes')
    .select(columns)
    .where('organization_id', '=', home.organizationId)
    .where((e) => e.or([e('workspace_id', '=', home.workspaceId), e('workspace_id', 'is', null)]))
    .where('is_active', '=', true)
    .orderBy('workspace_id', (o) => o.asc().nullsLast())
    .orderBy('id')
    .limit(1_000)
    .execute();
}

/** One route of a home. */
export async function findModelRoute(
  tx: TenantTx,
  home: Home,
  id: string,
): Promise<ModelRouteRow | undefined> {
  return within(tx, home).where('id', '=', id).executeTakeFirst();
}

/** How many routes a home has; holds the home's others back until the transaction ends. */
export async function countModelRoutes(tx: TenantTx, home: Home): Promise<number> {
  const place = `model_routes ${home.organizationId} ${home.workspaceId ?? ''}`;
  await sql`select pg_advisory_xact_lock(hashtextextended(${place}, 0))`.execute(tx);
  const row = await within(tx, home)
    .clearSelect()
    .select(sql<number>`count(*)::int`.as('n'))
    .executeTakeFirstOrThrow();
  return row.n;
}

/** Adds a route; undefined when its name is taken. */
export async function addModelRoute(tx: TenantTx, row: NewModelRoute): Promise<ModelRouteRow | undefined> {
  return on(tx)
    .insertInto('model_routes')
    .values(row)
    .onConflict((c) => c.doNothing())
    .returning(columns)
    .executeTakeFirst();
}

/** Changes a route; undefined when there is none. The name must be free: ask `isNameTaken` first. */
export async function updateModelRoute(
  tx: TenantTx,
  at: { organizationId: string; id: string },
  change: Partial<Omit<NewModelRoute, 'organization_id' | 'id' | 'workspace_id'>>,
): Promise<ModelRouteRow | undefined> {
  return on(tx)
    .updateTable('model_routes')
    .set({ ...change, updated_at: new Date() })
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.id)
    .returning(columns)
    .executeTakeFirst();
}

/** Whether another route of the home has the name. */
export async function isNameTaken(tx: TenantTx, home: Home, route: { id: string; name: string }) {
  const found = await within(tx, home)
    .where('name', '=', route.name)
    .where('id', '!=', route.id)
    .executeTakeFirst();
  return found !== undefined;
}

/** Removes a route of the organization. */
export async function deleteModelRoute(
  tx: TenantTx,
  at: { organizationId: string; id: string },
): Promise<void> {
  await on(tx)
    .deleteFrom('model_routes')
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.id)
    .execute();
}

/** Which of the credentials exist and may be used in the home; one of the organization may be used everywhere. */
export async function listCredentialsOf(tx: TenantTx, home: Home, ids: string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await on(tx)
    .selectFrom('credentials')
    .select('id')
    .where('organization_id', '=', home.organizationId)
    .where('id', 'in', ids)
    .where((e) =>
      home.workspaceId === null
        ? e('workspace_id', 'is', null)
        : e.or([e('workspace_id', '=', home.workspaceId), e('workspace_id', 'is', null)]),
    )
    .execute();
  return new Set(rows.map((row) => row.id));
}

export type VariantRow = {
  variant: string;
  calls: number;
  failed_calls: number;
  input_tokens: number;
  output_tokens: number;
  cost_micros: number;
  currency: string | null;
  unpriced_calls: number;
  latency_ms_p50: number | null;
  latency_ms_p95: number | null;
  first_byte_ms_p50: number | null;
};

/** What each variant of a route came to in a period: attempts, from the ledger. */
export async function sumVariants(
  tx: TenantTx,
  route: { organizationId: string; id: string; from: Date; until: Date },
): Promise<VariantRow[]> {
  const done = sql`status between 200 and 299`;
  const { rows } = await sql<VariantRow>`
    select variant, currency, count(*)::int as calls, count(*) filter (where not ${done})::int as failed_calls,
      coalesce(sum(input_tokens + cached_input_tokens), 0)::float8 as input_tokens,
      coalesce(sum(output_tokens + reasoning_tokens), 0)::float8 as output_tokens,
      coalesce(sum(cost_micros), 0)::float8 as cost_micros,
      count(*) filter (where cost_micros is null)::int as unpriced_calls,
      percentile_cont(0.5) within group (order by latency_ms) filter (where ${done}) as latency_ms_p50,
      percentile_cont(0.95) within group (order by latency_ms) filter (where ${done}) as latency_ms_p95,
      percentile_cont(0.5) within group (order by first_byte_ms) filter (where ${done}) as first_byte_ms_p50
    from ledger.calls
    where organization_id = ${route.organizationId} and at >= ${route.from} and at < ${route.until}
      and route_id = ${route.id} and variant is not null
    group by variant, currency order by variant, currency`.execute(tx);
  return rows;
}
