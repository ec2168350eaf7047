// Rates calls again: a pure step from calls and prices to ratings. What costs the same afterwards gets no new rating, so that
// rating twice changes nothing; a call for which no price is known now stays as it is.
import { type Prices, priceCall } from '../ledger/index.ts';
import type { RatedCall, ReRatingTotal } from './store.ts';

export type NewRating = Pick<RatedCall, 'at' | 'id' | 'attempt' | 'workspace_id' | 'number'> & {
  old_cost_micros: number | null;
  old_currency: string | null;
  old_price_version: number | null;
  cost_micros: number;
  currency: string;
  price_version: number;
};

export type RatedBatch = { ratings: NewRating[]; unpriced: number };

/** The ratings that `calls` of an organization get from the prices that hold for their time. */
export function rateBatch(
  calls: readonly RatedCall[],
  prices: Pick<Prices, 'find'>,
  organizationId: string,
): RatedBatch {
  const batch: RatedBatch = { ratings: [], unpriced: 0 };
  for (const call of calls) {
    const tokens = tokensOf(call);
    if (!tokens) {
      batch.unpriced++;
      continue;
    }
    // Nothing used costs nothing, whatever the price is.
    if (Object.values(tokens).every((count) => count === 0)) continue;
    const price = prices.find(call.provider, call.upstream_model, call.at_ms, organizationId);
    const { cost_micros, currency, price_version } = priceCall(tokens, price);
    if (cost_micros === null || currency === null || price_version === null) {
      batch.unpriced++;
      continue;
    }
    if (cost_micros === call.cost_micros && currency === call.currency) continue;
    const { at, id, attempt, workspace_id } = call;
    batch.ratings.push({
      ...{ at, id, attempt, workspace_id, number: call.number + 1 },
      old_cost_micros: call.cost_micros,
      old_currency: call.currency,
      old_price_version: call.price_version,
      ...{ cost_micros, currency, price_version },
    });
  }
  return batch;
}

/** The four classes of tokens; undefined when one of them was never known. */
function tokensOf(call: RatedCall) {
  const { input_tokens, cached_input_tokens, output_tokens, reasoning_tokens } = call;
  if (input_tokens === null || cached_input_tokens === null) return undefined;
  if (output_tokens === null || reasoning_tokens === null) return undefined;
  return { input_tokens, cached_input_tokens, output_tokens, reasoning_tokens };
}

/** Adds the sums of ratings to totals by currency; what was not known counts as nothing before. */
export function addTotals(totals: readonly ReRatingTotal[], ratings: readonly NewRating[]): ReRatingTotal[] {
  const sums = new Map(totals.map((total) => [total.currency, { ...total }]));
  const sumOf = (currency: string) => {
    const sum = sums.get(currency) ?? { currency, calls: 0, old_cost_micros: 0, cost_micros: 0 };
    sums.set(currency, sum);
    return sum;
  };
  for (const rating of ratings) {
    const sum = sumOf(rating.currency);
    sum.calls++;
    sum.cost_micros += rating.cost_micros;
    if (rating.old_currency !== null)
      sumOf(rating.old_currency).old_cost_micros += rating.old_cost_micros ?? 0;
  }
  return [...sums.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1));
}
