// The versioned price table: published lists go into the database once, and are looked up in memory on the hot path.
import type pg from 'pg';
import type { Price } from './price-call.ts';

type Amount = Extract<keyof Price, `${string}_micros_per_million`>;

/** A row of `ledger.prices`; `valid_from` in milliseconds since the epoch. Without amounts it ends what held before it. */
export type ListedPrice = Omit<Price, Amount> &
  Record<Amount, number | null> & {
    /** Null: for everybody. */
    organization_id: string | null;
    provider: string;
    model: string;
    valid_from: number;
    source: string;
  };

export type PriceQuestion = [provider: string, model: string, at: number, organizationId?: string];

export type Prices = {
  /** The price of a provider's model at a moment (ms since the epoch) for an organization; undefined when it is not known. */
  find(...asked: PriceQuestion): Price | undefined;
};

const PUBLISH = `
  with r as (
    select * from json_to_recordset($1::json) as r (version int, organization_id uuid, provider text, model text,
      currency text, input_micros_per_million int8, cached_input_micros_per_million int8,
      output_micros_per_million int8, reasoning_micros_per_million int8, valid_from int8, source text)
  ), versions as (
    insert into ledger.price_versions (version, organization_id, row_count, published_by)
    select version, organization_id, count(*), 'insula' from r group by 1, 2 on conflict do nothing
  )
  insert into ledger.prices (version, organization_id, provider, model, currency, input_micros_per_million,
    cached_input_micros_per_million, output_micros_per_million, reasoning_micros_per_million, valid_from, source)
  select version, organization_id, provider, model, currency, input_micros_per_million,
    cached_input_micros_per_million, output_micros_per_million, reasoning_micros_per_million,
    to_timestamp(valid_from / 1000.0), source from r
  on conflict do nothing`;

// Prices as double precision: exact below 2^53, where int8 would come as text.
const LIST = `
  select version, organization_id, provider, model, currency, input_micros_per_million::float8,
    cached_input_micros_per_million::float8, output_micros_per_million::float8, reasoning_micros_per_million::float8, source,
    round(extract(epoch from valid_from) * 1000)::float8 as valid_from
  from ledger.prices`;

/** Publishes price lists, as the owner. What is published already stays as it is: a change of price is a new version. */
export async function publishPrices(
  owner: pg.ClientBase | pg.Pool,
  list: readonly ListedPrice[],
): Promise<void> {
  await owner.query(PUBLISH, [JSON.stringify(list)]);
}

/** All published prices. */
export async function listPrices(client: pg.ClientBase): Promise<ListedPrice[]> {
  return (await client.query<ListedPrice>(LIST)).rows;
}

type Index = Map<string, ListedPrice[]>;

/**
 * An index over listed prices. Of a model's prices the one with the latest day holds, and of the same day the newest version.
 * An organization's own price goes before the public one; `*` stands for all models of a provider that are not listed.
 */
export function createPrices(list: readonly ListedPrice[]): Prices {
  const scopes = new Map<string | null, Index>();
  for (const [organizationId, rows] of Map.groupBy(list, (price) => price.organization_id))
    scopes.set(organizationId, indexOf(rows));
  const everybody: Index = scopes.get(null) ?? new Map();
  return {
    find(...[provider, model, at, organizationId]) {
      const own = organizationId === undefined ? undefined : scopes.get(organizationId);
      const [exact, other] = [keyOf(provider, model), keyOf(provider, '*')];
      return (
        (own && holdingAt(own.get(exact), at)) ??
        holdingAt(everybody.get(exact), at) ??
        (own && holdingAt(own.get(other), at)) ??
        holdingAt(everybody.get(other), at)
      );
    },
  };
}

function indexOf(rows: readonly ListedPrice[]): Index {
  const index = Map.groupBy(rows, (price) => keyOf(price.provider, price.model));
  for (const versions of index.values())
    versions.sort((a, b) => b.valid_from - a.valid_from || b.version - a.version);
  return index;
}

function holdingAt(versions: ListedPrice[] | undefined, at: number): Price | undefined {
  const latest = versions?.find((price) => price.valid_from <= at);
  return latest && hasAmounts(latest) ? latest : undefined;
}

/** All amounts are there or none: the database sees to it. */
function hasAmounts(price: ListedPrice): price is ListedPrice & Price {
  return price.input_micros_per_million !== null;
}

/** No provider's name holds a line break, so no two questions share a key. */
const keyOf = (provider: string, model: string) => `${provider}\n${model}`;
