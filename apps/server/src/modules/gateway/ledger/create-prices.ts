// The versioned price table: published lists go into the database once, and are looked up in memory on the hot path.
import type pg from 'pg';
import type { Price } from './price-call.ts';

/** A row of `ledger.prices`; `valid_from` in milliseconds since the epoch. */
export type ListedPrice = Price & { provider: string; model: string; valid_from: number; source: string };

export type Prices = {
  /** The price of a provider's model at a moment (ms since the epoch); undefined when it is not known. */
  find(provider: string, model: string, at: number): Price | undefined;
};

const PUBLISH = `
  insert into ledger.prices (version, provider, model, currency, input_micros_per_million,
    cached_input_micros_per_million, output_micros_per_million, reasoning_micros_per_million, valid_from, source)
  select version, provider, model, currency, input_micros_per_million, cached_input_micros_per_million,
    output_micros_per_million, reasoning_micros_per_million, to_timestamp(valid_from / 1000.0), source
  from json_to_recordset($1::json) as r (version int, provider text, model text, currency text,
    input_micros_per_million int8, cached_input_micros_per_million int8, output_micros_per_million int8,
    reasoning_micros_per_million int8, valid_from int8, source text)
  on conflict do nothing`;

// Prices as double precision: exact below 2^53, where int8 would come as text.
const LIST = `
  select version, provider, model, currency, input_micros_per_million::float8, cached_input_micros_per_million::float8,
    output_micros_per_million::float8, reasoning_micros_per_million::float8, source,
    extract(epoch from valid_from)::float8 * 1000 as valid_from
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

/** An index over listed prices. The newest version that is valid at the moment wins; `*` stands for all other models of a provider. */
export function createPrices(list: readonly ListedPrice[]): Prices {
  const byModel = Map.groupBy(list, (price) => keyOf(price.provider, price.model));
  for (const versions of byModel.values()) {
    versions.sort((a, b) => b.valid_from - a.valid_from || b.version - a.version);
  }
  const inForce = (provider: string, model: string, at: number) =>
    byModel.get(keyOf(provider, model))?.find((price) => price.valid_from <= at);
  return { find: (provider, model, at) => inForce(provider, model, at) ?? inForce(provider, '*', at) };
}

/** No provider's name holds a line break, so no two questions share a key. */
const keyOf = (provider: string, model: string) => `${provider}\n${model}`;
