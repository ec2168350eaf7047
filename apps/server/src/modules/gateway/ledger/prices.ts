// The versioned price table: published lists go into the database once, and are looked up in memory on the hot path.
import type pg from 'pg';
import type { Price } from './price-call.ts';

/** A row of `ledger.prices`; `valid_from` in milliseconds since the epoch. */
export type ListedPrice = Price & { provider: string; model: string; valid_from: number; source: string };

export type Prices = {
  /** The price of a provider's model at a moment (ms since the epoch); undefined when it is not known. */
  find(provider: string, model: string, at: number): Price | undefined;
};

const COLUMNS = `version int, provider text, model text, currency text, input_micros_per_million int8,
  cached_input_micros_per_million int8, output_micros_per_million int8, reasoning_micros_per_million int8, source text`;

/** Publishes price lists, as the owner. What is published already stays as it is: a change of price is a new version. */
export async function publishPrices(owner: Pick<pg.ClientBase, 'query'>, list: readonly ListedPrice[]): Promise<void> {
  const rows = list.map((price) => ({ ...price, valid_from: new Date(price.valid_from).toISOString() }));
  await owner.query(
    `insert into ledger.prices select r.version, r.provider, r.model, r.currency, r.input_micros_per_million,
       r.cached_input_micros_per_million, r.output_micros_per_million, r.reasoning_micros_per_million, r.valid_from, r.source
     from json_to_recordset($1::json) as r (${COLUMNS}, valid_from timestamptz) on conflict do nothing`,
    [JSON.stringify(rows)],
  );
}

/** All published prices; for a member of insula_ledger or a tenant's role. */
export async function listPrices(client: Pick<pg.ClientBase, 'query'>): Promise<ListedPrice[]> {
  const { rows } = await client.query<Record<keyof ListedPrice, string | number>>(
    `select version, provider, model, currency, source, extract(epoch from valid_from)::float8 * 1000 as valid_from,
       input_micros_per_million, cached_input_micros_per_million, output_micros_per_million, reasoning_micros_per_million
     from ledger.prices`,
  );
  // int8 comes as text; these are far below 2^53.
  return rows.map((row) => ({
    version: Number(row.version),
    provider: String(row.provider),
    model: String(row.model),
    currency: String(row.currency),
    source: String(row.source),
    valid_from: Number(row.valid_from),
    input_micros_per_million: Number(row.input_micros_per_million),
    cached_input_micros_per_million: Number(row.cached_input_micros_per_million),
    output_micros_per_million: Number(row.output_micros_per_million),
    reasoning_micros_per_million: Number(row.reasoning_micros_per_million),
  }));
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
