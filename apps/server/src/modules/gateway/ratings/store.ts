// Queries on re-ratings and ratings, in the transaction of the organization they are of.
import { sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';

export type ReRatingTotal = { currency: string; calls: number; old_cost_micros: number; cost_micros: number };
export type ReRatingRow = {
  organization_id: string;
  id: string;
  from_at: Date;
  until_at: Date;
  provider: string | null;
  model: string | null;
  only_unknown: boolean;
  reason: string | null;
  requested_by: string;
  state: 'running' | 'done';
  cursor_at: string | null;
  cursor_id: string | null;
  cursor_attempt: number | null;
  examined: number;
  changed: number;
  unpriced: number;
  totals: ReRatingTotal[];
  created_at: Date;
  updated_at: Date;
};
/** The calls to examine; places in the list are texts, as exact as the database's own. */
export type Wanted = Pick<
  ReRatingRow,
  | 'from_at'
  | 'until_at'
  | 'provider'
  | 'model'
  | 'only_unknown'
  | 'cursor_at'
  | 'cursor_id'
  | 'cursor_attempt'
>;

/** A settled call with the rating that holds for it; `number` of that rating, 0 when it is the recorded one. */
export type RatedCall = {
  at: string;
  id: string;
  attempt: number;
  at_ms: number;
  workspace_id: string | null;
  provider: string;
  upstream_model: string;
  input_tokens: number | null;
  cached_input_tokens: number | null;
  output_tokens: number | null;
  reasoning_tokens: number | null;
  cost_micros: number | null;
  currency: string | null;
  price_version: number | null;
  number: number;
};

const columns = sql`organization_id, id, from_at, until_at, provider, model, only_unknown, reason, requested_by, state,
  cursor_at::text, cursor_id, cursor_attempt, examined::float8, changed::float8, unpriced::float8, totals, created_at, updated_at`;

/** Lets this transaction write ratings of its organization, one such transaction at a time. */
export async function beginRating(tx: TenantTx, organizationId: string): Promise<void> {
  await sql`select set_config('app.rates', 'on', true),
    pg_advisory_xact_lock(hashtextextended('ledger.ratings ' || ${organizationId}::text, 0))`.execute(tx);
}

/** Adds a re-rating that is to be done. */
export async function addReRating(
  tx: TenantTx,
  row: Pick<
    ReRatingRow,
    'organization_id' | 'id' | 'provider' | 'model' | 'only_unknown' | 'reason' | 'requested_by'
  > & {
    from: Date;
    until: Date;
  },
): Promise<ReRatingRow> {
  const { rows } = await sql<ReRatingRow>`insert into ledger.re_ratings
      (organization_id, id, from_at, until_at, provider, model, only_unknown, reason, requested_by)
    values (${row.organization_id}, ${row.id}, ${row.from}, ${row.until}, ${row.provider}, ${row.model}, ${row.only_unknown},
      ${row.reason}, ${row.requested_by})
    returning ${columns}`.execute(tx);
  return rows[0]!;
}

/** A page of re-ratings, newest first; reads one more than `limit`. */
export async function listReRatings(
  tx: TenantTx,
  organizationId: string,
  page: { limit: number; before: string | undefined },
): Promise<ReRatingRow[]> {
  const { rows } = await sql<ReRatingRow>`select ${columns} from ledger.re_ratings
    where organization_id = ${organizationId} and (${page.before ?? null}::uuid is null or id < ${page.before ?? null}::uuid)
    order by id desc limit ${page.limit + 1}`.execute(tx);
  return rows;
}

/** The oldest re-rating that is not done. */
export async function findUnfinished(tx: TenantTx, organizationId: string): Promise<ReRatingRow | undefined> {
  const { rows } = await sql<ReRatingRow>`select ${columns} from ledger.re_ratings
    where organization_id = ${organizationId} and state = 'running' order by id limit 1`.execute(tx);
  return rows[0];
}

/** The re-rating by its id. */
export async function findReRating(
  tx: TenantTx,
  organizationId: string,
  id: string,
): Promise<ReRatingRow | undefined> {
  const { rows } = await sql<ReRatingRow>`select ${columns} from ledger.re_ratings
    where organization_id = ${organizationId} and id = ${id}`.execute(tx);
  return rows[0];
}

/** At most `limit` settled calls after the cursor, oldest first. */
export async function listCallsToRate(
  tx: TenantTx,
  organizationId: string,
  wanted: Wanted & { limit: number },
): Promise<RatedCall[]> {
  const { rows } = await sql<RatedCall>`
    select c.at::text as at, c.id, c.attempt, round(extract(epoch from c.at) * 1000)::float8 as at_ms, c.workspace_id, c.provider,
      c.upstream_model, c.input_tokens, c.cached_input_tokens, c.output_tokens, c.reasoning_tokens,
      (case when r.number is null then c.cost_micros else r.cost_micros end)::float8 as cost_micros,
      case when r.number is null then c.currency else r.currency end as currency,
      case when r.number is null then c.price_version else r.price_version end as price_version,
      coalesce(r.number, 0) as number
    from ledger.calls c
    left join lateral (
      select r.number, r.cost_micros, r.currency, r.price_version from ledger.ratings r
      where r.organization_id = c.organization_id and r.at = c.at and r.id = c.id and r.attempt = c.attempt
      order by r.number desc limit 1
    ) r on true
    where c.organization_id = ${organizationId} and c.at >= ${wanted.from_at} and c.at < ${wanted.until_at}
      and (${wanted.cursor_at}::timestamptz is null
        or (c.at, c.id, c.attempt) > (${wanted.cursor_at}::timestamptz, ${wanted.cursor_id}::uuid, ${wanted.cursor_attempt}::smallint))
      and (${wanted.provider}::text is null or c.provider = ${wanted.provider}::text)
      and (${wanted.model}::text is null or c.upstream_model = ${wanted.model}::text)
      and (not ${wanted.only_unknown}::boolean or (r.number is null and c.cost_micros is null))
    order by c.at, c.id, c.attempt limit ${wanted.limit}`.execute(tx);
  return rows;
}

/** Adds ratings, given as JSON of calls with `number`, old and new cost. */
export async function addRatings(
  tx: TenantTx,
  at: { organizationId: string; reRatingId: string },
  ratings: string,
): Promise<void> {
  await sql`insert into ledger.ratings (organization_id, at, id, attempt, number, workspace_id, re_rating_id,
      old_cost_micros, old_currency, old_price_version, cost_micros, currency, price_version)
    select ${at.organizationId}::uuid, at, id, attempt, number, workspace_id, ${at.reRatingId}::uuid, old_cost_micros, old_currency,
      old_price_version, cost_micros, currency, price_version
    from json_to_recordset(${ratings}::json) as r (at timestamptz, id uuid, attempt int2, number int, workspace_id uuid,
      old_cost_micros int8, old_currency text, old_price_version int, cost_micros int8, currency text, price_version int)`.execute(
    tx,
  );
}

/** Writes down how far a re-rating is. */
export async function changeReRating(tx: TenantTx, row: ReRatingRow): Promise<ReRatingRow> {
  const { rows } =
    await sql<ReRatingRow>`update ledger.re_ratings set state = ${row.state}, cursor_at = ${row.cursor_at}::timestamptz,
      cursor_id = ${row.cursor_id}, cursor_attempt = ${row.cursor_attempt}, examined = ${row.examined}, changed = ${row.changed},
      unpriced = ${row.unpriced}, totals = ${JSON.stringify(row.totals)}::jsonb, updated_at = now()
    where organization_id = ${row.organization_id} and id = ${row.id} returning ${columns}`.execute(tx);
  return rows[0]!;
}
