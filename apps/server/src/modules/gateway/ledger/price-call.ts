// What a call costs: whole micro-units of a currency, rounded up once per call, computed without floating point.

/** Tokens of a call in four disjoint classes: no token is in two, so none can be billed twice. */
export type TokenCounts = {
  /** Input that was not read from the provider's cache. */
  input_tokens: number;
  cached_input_tokens: number;
  /** Output that is not reasoning. */
  output_tokens: number;
  reasoning_tokens: number;
};

/** A price: micro-units of `currency` per million tokens (a price of 0.15 USD per million is 150_000). */
export type Price = {
  version: number;
  currency: string;
  input_micros_per_million: number;
  cached_input_micros_per_million: number;
  output_micros_per_million: number;
  reasoning_micros_per_million: number;
};

/** Cost columns of an entry: all known, or all null for a price that is not known. */
export type Cost = { cost_micros: number | null; currency: string | null; price_version: number | null };

const MILLION = 1_000_000n;

/** The cost of `tokens` at `price`, rounded up to a whole micro-unit; without a price it is not known, which is not zero. */
export function priceCall(tokens: TokenCounts, price: Price | undefined): Cost {
  if (!price) return { cost_micros: null, currency: null, price_version: null };
  const exact =
    BigInt(tokens.input_tokens) * BigInt(price.input_micros_per_million) +
    BigInt(tokens.cached_input_tokens) * BigInt(price.cached_input_micros_per_million) +
    BigInt(tokens.output_tokens) * BigInt(price.output_micros_per_million) +
    BigInt(tokens.reasoning_tokens) * BigInt(price.reasoning_micros_per_million);
  const micros = Number((exact + MILLION - 1n) / MILLION);
  return { cost_micros: micros, currency: price.currency, price_version: price.version };
}
