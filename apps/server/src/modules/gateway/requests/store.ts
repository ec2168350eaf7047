// Queries of the request log: what the ledger knows of calls, and what the log keeps besides.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { LedgerTables } from '../ledger/index.ts';
import type { GatewayTables } from '../tables.ts';

export type LogRow = Omit<Selectable<GatewayTables['request_log']>, 'chain' | 'findings'> & {
  chain: unknown;
  findings: unknown;
};
export type NewLogRow = Omit<LogRow, 'at' | 'chain' | 'findings'> & {
  at: string;
  chain: unknown[];
  findings: unknown[];
};
export type RequestsFilter = {
  organizationId: string;
  workspaceId: string;
  from?: Date | undefined;
  until?: Date | undefined;
  model?: string | undefined;
  provider?: string | undefined;
  actorId?: string | undefined;
  outcome?: 'answered' | 'failed' | undefined;
  q?: string | undefined;
};
type At = { organizationId: string; workspaceId: string; id: string };

const callColumns = [
  'c.id',
  'c.attempt',
  'c.at',
  'c.workspace_id',
  'c.actor_kind',
  'c.actor_id',
  'c.surface',
  'c.provider',
  'c.credential_id',
  'c.requested_model',
  'c.upstream_model',
  'c.input_tokens',
  'c.cached_input_tokens',
  'c.output_tokens',
  'c.reasoning_tokens',
  'c.cost_micros',
  'c.currency',
  'c.price_version',
  'c.usage_source',
  'c.status',
  'c.streamed',
  'c.latency_ms',
  'c.first_byte_ms',
  'c.route_id',
  'c.variant',
  'c.failure',
  'c.cache',
  'c.purpose',
  'c.subject_id',
  'c.run_id',
  'c.step',
] as const;
const on = (tx: TenantTx) =>
  tx.$extendTables<GatewayTables & LedgerTables>() as unknown as Kysely<GatewayTables & LedgerTables>;

/** Adds what is to be kept of some calls of one organization; what is there stays. */
export async function addLogRows(tx: TenantTx, organizationId: string, rows: NewLogRow[]): Promise<void> {
  await sql`
    insert into request_log (organization_id, id, workspace_id, at, chain, findings, content, request, response)
    select ${organizationId}::uuid, r.id, r.workspace_id, r.at, r.chain, r.findings, r.content, r.request, r.response
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (id uuid, workspace_id uuid, at timestamptz, chain jsonb,
      findings jsonb, content text, request text, response text)
    join workspaces w on w.organization_id = ${organizationId}::uuid and w.id = r.workspace_id
    on conflict do nothing`.execute(tx);
}

/** The last attempt of each call, newest first, after the call `before`; at most `limit`. */
export async function listRequests(
  tx: TenantTx,
  filter: RequestsFilter,
  page: { limit: number; before?: { id: string; at: Date } | undefined },
) {
  let query = on(tx)
    .selectFrom('ledger.calls as c')
    .leftJoin('request_log as l', (join) =>
      join.onRef('l.organization_id', '=', 'c.organization_id').onRef('l.id', '=', 'c.id'),
    )
    .select([...callColumns, 'l.content'])
    .where('c.organization_id', '=', filter.organizationId)
    .where('c.workspace_id', '=', filter.workspaceId)
    .where(sql<boolean>`not exists (select from ledger.calls n where n.organization_id = c.organization_id
      and n.at = c.at and n.id = c.id and n.attempt > c.attempt)`);
  if (filter.from) query = query.where('c.at', '>=', filter.from);
  if (filter.until) query = query.where('c.at', '<', filter.until);
  if (page.before)
    query = query.where(sql<boolean>`(c.at, c.id) < (${page.before.at}, ${page.before.id}::uuid)`);
  const { model, provider, actorId, outcome, q } = filter;
  if (model)
    query = query.where((e) => e.or([e('c.requested_model', '=', model), e('c.upstream_model', '=', model)]));
  if (provider) query = query.where('c.provider', '=', provider);
  if (actorId) query = query.where('c.actor_id', '=', actorId);
  if (outcome)
    query = query.where(
      outcome === 'answered' ? sql<boolean>`c.status < 400` : sql<boolean>`c.status >= 400`,
    );
  if (q) {
    const words = `%${q.replace(/[\\%_]/g, '\\$&')}%`;
    query = query.where((e) => e.or([e('l.request', 'ilike', words), e('l.response', 'ilike', words)]));
  }
  return query.orderBy('c.at', 'desc').orderBy('c.id', 'desc').limit(page.limit).execute();
}

/** Every attempt at one call, the first one first. */
export async function listAttempts(tx: TenantTx, { organizationId, workspaceId, id }: At, at: Date) {
  return on(tx)
    .selectFrom('ledger.calls as c')
    .select(callColumns)
    .where('c.organization_id', '=', organizationId)
    .where('c.workspace_id', '=', workspaceId)
    .where('c.at', '=', at)
    .where('c.id', '=', id)
    .orderBy('c.attempt')
    .limit(100)
    .execute();
}

/** What the log keeps of one call. */
export async function findLogRow(tx: TenantTx, at: At): Promise<LogRow | undefined> {
  return on(tx)
    .selectFrom('request_log')
    .selectAll()
    .where('organization_id', '=', at.organizationId)
    .where('workspace_id', '=', at.workspaceId)
    .where('id', '=', at.id)
    .executeTakeFirst();
}

const SETTLED_MAX = 200;

/**
 * Attempts settled from a moment of the database's clock on, the oldest first, and the moment up to which it looked: whole
 * milliseconds, so that the next look misses none and shows none twice. At most 200; only where more than that settle within
 * one millisecond are some left out.
 */
export async function listSettled(
  tx: TenantTx,
  {
    organizationId,
    workspaceId,
    from,
  }: { organizationId: string; workspaceId: string; from: Date | undefined },
) {
  // Half a second behind: by then what was recorded earlier has been committed, too.
  const until = sql<Date>`date_trunc('milliseconds', clock_timestamp() - interval '0.5 seconds')`;
  const moment = await sql<{ until: Date }>`select ${until} as until`.execute(tx);
  const looked = moment.rows[0]!.until;
  if (!from) return { looked, rows: [] };
  const rows = await on(tx)
    .selectFrom('ledger.calls as c')
    .select([...callColumns, 'c.recorded_at'])
    .where('c.organization_id', '=', organizationId)
    .where('c.workspace_id', '=', workspaceId)
    .where('c.at', '>', sql<Date>`${from}::timestamptz - interval '15 minutes'`)
    .where('c.recorded_at', '>=', from)
    .where('c.recorded_at', '<', looked)
    .orderBy('c.recorded_at')
    .limit(SETTLED_MAX)
    .execute();
  if (rows.length < SETTLED_MAX) return { looked, rows };
  const last = rows.at(-1)!.recorded_at.getTime();
  const whole = rows.filter((row) => row.recorded_at.getTime() < last);
  return whole.length > 0 ? { looked: new Date(last), rows: whole } : { looked: new Date(last + 1), rows };
}

/** Forgets what was kept before a moment, at most `limit` rows; returns how many. */
export async function deleteLogRows(
  tx: TenantTx,
  organizationId: string,
  { before, limit }: { before: Date; limit: number },
): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from request_log where organization_id = ${organizationId} and id in (select id from request_log
      where organization_id = ${organizationId} and at < ${before} limit ${limit})`.execute(tx);
  return Number(numAffectedRows ?? 0);
}
