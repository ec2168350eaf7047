// Sums of the ledger beside which an invoice is laid, in the organization's own transaction.
import { sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';

/** Calls of one credential, model and UTC day; input includes what was cached, output includes reasoning. */
export type KeySum = {
  credential_id: string | null;
  model: string;
  day: string;
  calls: number;
  input_tokens: number;
  cached_input_tokens: number;
  output_tokens: number;
  cost_micros: number;
  /** Calls whose cost is not known in the currency asked for. */
  unpriced_calls: number;
};

/** Sums over calls that used anything, with their latest rating; `from` and `until` in ms. At most `limit` rows. */
export async function sumByKey(
  tx: TenantTx,
  organizationId: string,
  asked: { from: number; until: number; provider: string | null; currency: string; limit: number },
): Promise<KeySum[]> {
  const { rows } = await sql<KeySum>`
    select credential_id, upstream_model as model, to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day, count(*)::float8 as calls,
      sum(input_tokens + cached_input_tokens)::float8 as input_tokens, sum(cached_input_tokens)::float8 as cached_input_tokens,
      sum(output_tokens + reasoning_tokens)::float8 as output_tokens,
      coalesce(sum(cost_micros) filter (where currency = ${asked.currency}::text), 0)::float8 as cost_micros,
      (count(*) filter (where currency is distinct from ${asked.currency}::text and cost_micros is distinct from 0))::float8
        as unpriced_calls
    from (
      select c.at, c.credential_id, c.upstream_model, coalesce(c.input_tokens, 0) as input_tokens,
        coalesce(c.cached_input_tokens, 0) as cached_input_tokens, coalesce(c.output_tokens, 0) as output_tokens,
        coalesce(c.reasoning_tokens, 0) as reasoning_tokens,
        case when r.number is null then c.cost_micros else r.cost_micros end as cost_micros,
        case when r.number is null then c.currency else r.currency end as currency
      from ledger.calls c
      left join ledger.ratings r on r.organization_id = c.organization_id and r.at = c.at and r.id = c.id and r.attempt = c.attempt
        and not exists (select from ledger.ratings n where n.organization_id = r.organization_id and n.at = r.at and n.id = r.id
          and n.attempt = r.attempt and n.number > r.number)
      where c.organization_id = ${organizationId} and c.at >= ${new Date(asked.from)} and c.at < ${new Date(asked.until)}
        and (${asked.provider}::text is null or c.provider = ${asked.provider}::text)
    ) rated
    where input_tokens + cached_input_tokens + output_tokens + reasoning_tokens > 0
    group by 1, 2, 3 limit ${asked.limit}`.execute(tx);
  return rows;
}

/** The credentials there are, with the hint of their key. */
export async function listKeyHints(
  tx: TenantTx,
  organizationId: string,
): Promise<{ id: string; secret_hint: string | null }[]> {
  const { rows } = await sql<{
    id: string;
    secret_hint: string | null;
  }>`select id, secret_hint from credentials
    where organization_id = ${organizationId} limit 10000`.execute(tx);
  return rows;
}
