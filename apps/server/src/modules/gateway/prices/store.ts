// Queries on the price table: the platform's own, and what an organization may see of it.
import { type Kysely, type Selectable, sql } from 'kysely';
import type { PlatformTx, TenantTx } from '../../../platform/db/door.ts';
import type { LedgerTables, PricesTable } from '../ledger/index.ts';

export type PriceRow = Omit<Selectable<PricesTable>, 'valid_from'> & { valid_from: number };
export type PriceFilter = { provider?: string | undefined; model?: string | undefined };

const on = (tx: TenantTx | PlatformTx) => tx.$extendTables<LedgerTables>() as unknown as Kysely<LedgerTables>;

const shown = [
  'version',
  'organization_id',
  'provider',
  'model',
  'currency',
  'input_micros_per_million',
  'cached_input_micros_per_million',
  'output_micros_per_million',
  'reasoning_micros_per_million',
  'source',
] as const;
const validFrom = sql<number>`round(extract(epoch from valid_from) * 1000)::float8`.as('valid_from');

/** What changes whenever a price is published or an organization's prices are erased. */
export async function readPriceMark(tx: PlatformTx): Promise<string> {
  const row = await on(tx)
    .selectFrom('ledger.price_versions')
    .select(sql<string>`coalesce(max(version), 0) || '/' || count(*)`.as('mark'))
    .executeTakeFirstOrThrow();
  return row.mark;
}

/** Lets one publication run at a time, to the end of the transaction. */
export async function lockPublication(tx: PlatformTx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('ledger.prices', 0))`.execute(tx);
}

/** The prices of one scope (null: those for everybody) of the models named, as `provider` and `model` in step. */
export async function listHeld(
  tx: PlatformTx,
  organizationId: string | null,
  models: { provider: string[]; model: string[] },
): Promise<PriceRow[]> {
  return on(tx)
    .selectFrom('ledger.prices')
    .select([...shown, validFrom])
    .where(sql<boolean>`organization_id is not distinct from ${organizationId}`)
    .where(
      sql<boolean>`(provider, model) in (select * from unnest(${models.provider}::text[], ${models.model}::text[]))`,
    )
    .execute();
}

export type Publication = {
  organization_id: string | null;
  note: string | null;
  published_by: string;
  /** Rows of the price table as JSON, without version and organization; `valid_from` in ms. */
  rows: string;
  row_count: number;
};

/** Adds a version with its rows; answers its number. */
export async function addVersion(tx: PlatformTx, given: Publication): Promise<number> {
  const { rows } = await sql<{ version: number }>`with v as (
      insert into ledger.price_versions (version, organization_id, row_count, note, published_by)
      select greatest(max(version), 999) + 1, ${given.organization_id}::uuid, ${given.row_count}::int, ${given.note}::text,
        ${given.published_by}::text from ledger.price_versions
      returning version
    ), p as (
      insert into ledger.prices (version, organization_id, provider, model, currency, input_micros_per_million,
        cached_input_micros_per_million, output_micros_per_million, reasoning_micros_per_million, valid_from, source)
      select v.version, ${given.organization_id}::uuid, provider, model, currency, input_micros_per_million,
        cached_input_micros_per_million, output_micros_per_million, reasoning_micros_per_million,
        to_timestamp(valid_from / 1000.0), coalesce(${given.note}::text, 'published by ' || ${given.published_by}::text)
      from v, json_to_recordset(${given.rows}::json) as r (provider text, model text, currency text,
        input_micros_per_million int8, cached_input_micros_per_million int8, output_micros_per_million int8,
        reasoning_micros_per_million int8, valid_from int8)
    ) select version from v`.execute(tx);
  return rows[0]!.version;
}

/** A page of everything published, newest version first; reads one more than `limit`. */
export async function listPublished(
  tx: PlatformTx,
  filter: PriceFilter & { version?: number | undefined },
  page: { limit: number; after: (string | number)[] | undefined },
): Promise<PriceRow[]> {
  let query = on(tx)
    .selectFrom('ledger.prices')
    .select([...shown, validFrom]);
  if (filter.version !== undefined) query = query.where('version', '=', filter.version);
  if (filter.provider !== undefined) query = query.where('provider', '=', filter.provider);
  if (filter.model !== undefined) query = query.where('model', '=', filter.model);
  if (page.after) {
    const [version, provider, model, at] = page.after;
    query = query.where(
      sql<boolean>`(-version, provider, model, valid_from) > (${-Number(version)}::bigint, ${provider}::text, ${model}::text, to_timestamp(${at}::float8 / 1000))`,
    );
  }
  return query
    .orderBy('version', 'desc')
    .orderBy('provider')
    .orderBy('model')
    .orderBy(sql`ledger.prices.valid_from`)
    .limit(page.limit + 1)
    .execute();
}

/** A page of the prices that hold for the organization at a moment (ms), by provider and model; reads one more than `limit`. */
export async function listHolding(
  tx: TenantTx,
  organizationId: string,
  page: PriceFilter & { at: number; limit: number; after: (string | number)[] | undefined },
): Promise<PriceRow[]> {
  const [provider, model] = page.after ?? ['', ''];
  const { rows } = await sql<PriceRow>`
    select distinct on (provider, model) * from (
      select distinct on (provider, model, organization_id) version, organization_id, provider, model, currency,
        input_micros_per_million, cached_input_micros_per_million, output_micros_per_million,
        reasoning_micros_per_million, source, round(extract(epoch from valid_from) * 1000)::float8 as valid_from
      from ledger.prices
      where (organization_id is null or organization_id = ${organizationId}::uuid)
        and valid_from <= to_timestamp(${page.at}::float8 / 1000)
        and (${page.provider ?? null}::text is null or provider = ${page.provider ?? null}::text)
        and (${page.model ?? null}::text is null or model = ${page.model ?? null}::text)
        and (provider, model) > (${provider}::text, ${model}::text)
      order by provider, model, organization_id, ledger.prices.valid_from desc, version desc
    ) latest
    where input_micros_per_million is not null
    order by provider, model, organization_id nulls last
    limit ${page.limit + 1}`.execute(tx);
  return rows;
}
