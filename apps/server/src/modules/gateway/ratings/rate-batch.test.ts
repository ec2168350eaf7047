// Rating again, as a pure step: it ends after one time, never bills a token twice, and leaves alone what it cannot price.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createPrices, type ListedPrice, priceCall } from '../ledger/index.ts';
import { addTotals, type NewRating, rateBatch } from './rate-batch.ts';
import type { RatedCall } from './store.ts';

const row = (model: string, input: number, more: Partial<ListedPrice> = {}): ListedPrice => ({
  version: 1,
  organization_id: null,
  provider: 'p',
  model,
  currency: 'USD',
  input_micros_per_million: input,
  cached_input_micros_per_million: 1,
  output_micros_per_million: 7,
  reasoning_micros_per_million: 11,
  valid_from: 0,
  source: 'test',
  ...more,
});
const prices = createPrices([row('a', 5_000_000), row('b', 3_000_000, { currency: 'EUR', version: 2 })]);

const count = fc.integer({ min: 0, max: 10_000_000 });
const call: fc.Arbitrary<RatedCall> = fc.record({
  at: fc.constant('2026-01-01'),
  id: fc.uuid(),
  attempt: fc.constant(1),
  at_ms: fc.integer({ min: 0, max: 1_000 }),
  workspace_id: fc.constant(null),
  provider: fc.constant('p'),
  upstream_model: fc.constantFrom('a', 'b', 'unheard-of'),
  input_tokens: fc.option(count),
  cached_input_tokens: count,
  output_tokens: count,
  reasoning_tokens: count,
  cost_micros: fc.option(count),
  currency: fc.constantFrom('USD', 'EUR'),
  price_version: fc.constant(1),
  number: fc.integer({ min: 0, max: 3 }),
});

const apply = (calls: RatedCall[], ratings: NewRating[]) =>
  calls.map((one) => ({ ...one, ...ratings.find(({ id }) => id === one.id) }));

it('a second time changes nothing', () => {
  fc.assert(
    fc.property(fc.uniqueArray(call, { maxLength: 20, selector: ({ id }) => id }), (calls) => {
      const first = rateBatch(calls, prices, 'o');
      const second = rateBatch(apply(calls, first.ratings), prices, 'o');
      expect(second.ratings).toEqual([]);
      expect(second.unpriced).toBe(first.unpriced);
    }),
  );
});

it('gives exactly the cost that the call would have had', () => {
  fc.assert(
    fc.property(call, (one) => {
      const [rating] = rateBatch([one], prices, 'o').ratings;
      if (!rating) return;
      const tokens = { ...one, input_tokens: one.input_tokens! };
      const price = prices.find('p', one.upstream_model, one.at_ms);
      expect(rating).toMatchObject(priceCall(tokens as never, price));
      expect(rating.number).toBe(one.number + 1);
      expect(rating.old_cost_micros).toBe(one.cost_micros);
    }),
  );
});

it('leaves calls alone that used nothing, or have no price or unknown tokens', () => {
  const used = {
    at: '',
    attempt: 1,
    at_ms: 1,
    workspace_id: null,
    provider: 'p',
    upstream_model: 'a',
    number: 0,
  };
  const nothing = { input_tokens: 0, cached_input_tokens: 0, output_tokens: 0, reasoning_tokens: 0 };
  const unknown = { cost_micros: null, currency: null, price_version: null };
  const calls: RatedCall[] = [
    { ...used, ...nothing, ...unknown, id: '1', cost_micros: 0 },
    { ...used, ...nothing, ...unknown, id: '2', input_tokens: 5, upstream_model: 'unheard-of' },
    { ...used, ...nothing, ...unknown, id: '3', input_tokens: null },
  ];
  expect(rateBatch(calls, prices, 'o')).toEqual({ ratings: [], unpriced: 2 });
});

it('sums by currency, what was unknown as nothing before', () => {
  const rating = (old_cost_micros: number | null, currency: string, cost_micros: number) =>
    ({
      old_cost_micros,
      old_currency: old_cost_micros === null ? null : 'USD',
      cost_micros,
      currency,
    }) as NewRating;
  expect(addTotals([], [rating(5, 'USD', 7), rating(null, 'USD', 3), rating(2, 'EUR', 1)])).toEqual([
    { currency: 'EUR', calls: 1, old_cost_micros: 0, cost_micros: 1 },
    { currency: 'USD', calls: 2, old_cost_micros: 7, cost_micros: 10 },
  ]);
});
