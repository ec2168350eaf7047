// The ledger's reading side, for a tenant: pages of calls and totals. The database's policies narrow both to the
// organization and workspaces of the transaction; what is asked here only narrows further.
import { sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { LedgerTables } from './tables.ts';
import { timeOfId } from './write-row.ts';

/** A settled attempt at a call; tokens in disjoint classes, `cost_micros` null when its price is not known. */
export type LedgerCall = Awaited<ReturnType<typeof listCalls>>[number];

export type CallsFilter = {
  /** Milliseconds since the epoch; from inclusive, until exclusive. */
  from?: number;
  until?: number;
  workspace_id?: string;
  actor_id?: string;
  upstream_model?: string;
  run_id?: string;
};

/** The place in the list after which a page begins. */
export type CallsCursor = { id: string; attempt: number };

/** Settled calls with their latest rating beside them, where there is one. */
const calls = (tx: TenantTx) =>
  tx
    .$extendTables<LedgerTables>()
    .selectFrom('ledger.calls as c')
    .leftJoin('ledger.ratings as r', (join) =>
      join
        .onRef('r.organization_id', '=', 'c.organization_id')
        .onRef('r.at', '=', 'c.at')
        .onRef('r.id', '=', 'c.id')
        .onRef('r.attempt', '=', 'c.attempt')
        .on(
          sql<boolean>`not exists (select from ledger.ratings n where n.organization_id = r.organization_id
            and n.at = r.at and n.id = r.id and n.attempt = r.attempt and n.number > r.number)`,
        ),
    );

/** What a call costs now: its latest rating, or else what was recorded. */
const rated = {
  cost_micros: sql<number | null>`case when r.number is null then c.cost_micros else r.cost_micros end`,
  currency: sql<string | null>`case when r.number is null then c.currency else r.currency end`,
  price_version: sql<number | null>`case when r.number is null then c.price_version else r.price_version end`,
};

/** At most `limit` settled attempts, newest first, after `cursor`. */
export async function listCalls(
  tx: TenantTx,
  filter: CallsFilter,
  page: { limit: number; cursor?: CallsCursor },
) {
  let query = narrowed(calls(tx), filter)
    .select(['c.id', 'c.attempt', 'c.at', 'phase', 'c.workspace_id', 'actor_kind', 'actor_id', 'surface'])
    .select(['provider', 'credential_id', 'requested_model', 'upstream_model', 'input_tokens'])
    .select(['cached_input_tokens', 'output_tokens', 'reasoning_tokens'])
    .select([rated.cost_micros.as('cost_micros'), rated.currency.as('currency')])
    .select([rated.price_version.as('price_version'), 'usage_source'])
    .select(['status', 'streamed', 'latency_ms', 'first_byte_ms', 'route_id', 'variant', 'failure', 'cache'])
    .select(['purpose', 'subject_id', 'run_id', 'step'])
    .orderBy('c.at', 'desc')
    .orderBy('c.id', 'desc')
    .orderBy('c.attempt', 'desc')
    .limit(page.limit);
  const { cursor } = page;
  if (cursor) {
    const at = new Date(timeOfId(cursor.id));
    query = query.where(
      sql<boolean>`(c.at, c.id, c.attempt) < (${at}, ${cursor.id}::uuid, ${cursor.attempt}::smallint)`,
    );
  }
  const rows = await query.execute();
  return rows.map((row) => ({
    ...row,
    cost_micros: row.cost_micros === null ? null : Number(row.cost_micros),
  }));
}

/** Calls and their tokens since a moment, of the whole organization (as the transaction sees it) and of one of its workspaces. */
export type CallsSince = Record<'organization' | 'workspace', { requests: number; tokens: number }>;

/** Counts settled calls since a moment: attempts at one call are one request. */
export async function countCallsSince(
  tx: TenantTx,
  at: { organizationId: string; workspaceId: string; since: Date },
): Promise<CallsSince> {
  const tokens = sql`coalesce(input_tokens, 0) + coalesce(cached_input_tokens, 0) + coalesce(output_tokens, 0)
    + coalesce(reasoning_tokens, 0)`;
  const own = sql`filter (where workspace_id = ${at.workspaceId})`;
  const row = await tx
    .$extendTables<LedgerTables>()
    .selectFrom('ledger.calls')
    .select([
      sql<number>`count(distinct id)::float8`.as('requests'),
      sql<number>`coalesce(sum(${tokens}), 0)::float8`.as('tokens'),
      sql<number>`(count(distinct id) ${own})::float8`.as('own_requests'),
      sql<number>`coalesce(sum(${tokens}) ${own}, 0)::float8`.as('own_tokens'),
    ])
    .where('organization_id', '=', at.organizationId)
    .where('at', '>=', at.since)
    .executeTakeFirstOrThrow();
  return {
    organization: { requests: row.requests, tokens: row.tokens },
    workspace: { requests: row.own_requests, tokens: row.own_tokens },
  };
}

/** What a total can be split by. */
export type TotalsBy = 'day' | 'provider' | 'upstream_model' | 'workspace_id' | 'actor_id' | 'purpose';

/** Sums over settled attempts of one currency (null: those whose price is not known, and whose cost is therefore not in any sum). */
export type CallTotals = {
  /** Value of the split (`day`: 2026-01-31, UTC); null without one, or where calls have none. */
  key: string | null;
  currency: string | null;
  calls: number;
  failed_calls: number;
  input_tokens: number;
  cached_input_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  cost_micros: number;
  /** Calls whose usage was counted here or estimated, not told by the provider. */
  uncertain_calls: number;
};

const KEYS = {
  day: sql<string | null>`to_char(c.at at time zone 'UTC', 'YYYY-MM-DD')`,
  provider: sql<string | null>`provider`,
  upstream_model: sql<string | null>`upstream_model`,
  workspace_id: sql<string | null>`c.workspace_id::text`,
  actor_id: sql<string | null>`actor_id::text`,
  purpose: sql<string | null>`purpose`,
} as const;

/** Totals of a period (`from` inclusive, `until` exclusive), at most 1,000 rows, most expensive first. */
export async function sumCalls(
  tx: TenantTx,
  filter: CallsFilter & { from: number; until: number },
  by?: TotalsBy,
): Promise<CallTotals[]> {
  const key = by ? KEYS[by] : sql<string | null>`null::text`;
  // Sums as double precision: exact below 2^53, and no text to convert.
  const rows = await narrowed(calls(tx), filter)
    .select([
      key.as('key'),
      rated.currency.as('currency'),
      sql<number>`count(*)::float8`.as('calls'),
      sql<number>`(count(*) filter (where status >= 400))::float8`.as('failed_calls'),
      sql<number>`coalesce(sum(input_tokens), 0)::float8`.as('input_tokens'),
      sql<number>`coalesce(sum(cached_input_tokens), 0)::float8`.as('cached_input_tokens'),
      sql<number>`coalesce(sum(output_tokens), 0)::float8`.as('output_tokens'),
      sql<number>`coalesce(sum(reasoning_tokens), 0)::float8`.as('reasoning_tokens'),
      sql<number>`coalesce(sum(${rated.cost_micros}), 0)::float8`.as('cost_micros'),
      sql<number>`(count(*) filter (where usage_source <> 'provider'))::float8`.as('uncertain_calls'),
    ])
    .groupBy([sql`1`, sql`2`])
    .orderBy(sql`9 desc`)
    .orderBy(sql`1`)
    .limit(1_000)
    .execute();
  return rows;
}

/** The last settled attempt at a call; undefined while none is settled. */
export async function findSettled(tx: TenantTx, at: { organizationId: string; callId: string }) {
  const row = await calls(tx)
    .select(['provider', 'upstream_model', 'status', 'latency_ms', 'input_tokens', 'cached_input_tokens'])
    .select(['output_tokens', 'reasoning_tokens', rated.cost_micros.as('cost_micros')])
    .select(rated.currency.as('currency'))
    .where('c.organization_id', '=', at.organizationId)
    .where('c.at', '=', new Date(timeOfId(at.callId)))
    .where('c.id', '=', at.callId)
    .orderBy('c.attempt', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && { ...row, cost_micros: row.cost_micros === null ? null : Number(row.cost_micros) };
}

/** What the calls of some runs have cost so far, by run: the sum of those whose price is known, and its currency. */
export async function sumRuns(
  tx: TenantTx,
  at: { organizationId: string; runIds: string[] },
): Promise<Map<string, { cost_micros: number; currency: string | null }>> {
  if (at.runIds.length === 0) return new Map();
  const rows = await calls(tx)
    .select('run_id')
    .select(sql<string | null>`max(${rated.currency})`.as('currency'))
    .select(sql<number>`coalesce(sum(${rated.cost_micros}), 0)::float8`.as('cost_micros'))
    .where('c.organization_id', '=', at.organizationId)
    .where('run_id', 'in', at.runIds)
    .groupBy('run_id')
    .execute();
  return new Map(rows.map(({ run_id, ...sums }) => [run_id!, sums]));
}

type Narrowable = ReturnType<typeof calls>;

function narrowed(query: Narrowable, filter: CallsFilter): Narrowable {
  let narrow = query;
  if (filter.from !== undefined) narrow = narrow.where('c.at', '>=', new Date(filter.from));
  if (filter.until !== undefined) narrow = narrow.where('c.at', '<', new Date(filter.until));
  if (filter.workspace_id !== undefined) narrow = narrow.where('c.workspace_id', '=', filter.workspace_id);
  if (filter.actor_id !== undefined) narrow = narrow.where('actor_id', '=', filter.actor_id);
  if (filter.upstream_model !== undefined)
    narrow = narrow.where('upstream_model', '=', filter.upstream_model);
  if (filter.run_id !== undefined) narrow = narrow.where('run_id', '=', filter.run_id);
  return narrow;
}
