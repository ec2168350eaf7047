// Prices as numbers: exact in both directions, whole money, and a publication that leaves out what holds already.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPrices, type ListedPrice, priceCall } from '../ledger/index.ts';
import { type NewPrice, planPublication } from './plan-publication.ts';
import { readAmount, writeAmount } from './read-amount.ts';

const DAY_MS = 86_400_000;
const NOW = 400 * DAY_MS;
const given = (more: Partial<NewPrice> = {}): NewPrice => ({
  provider: 'openai',
  model: 'm',
  currency: 'USD',
  input: '1',
  output: '2',
  ...more,
});
const versioned = (version: number, plan: ReturnType<typeof planPublication>): ListedPrice[] =>
  plan.changes.map(({ after }) => ({ ...after, version, organization_id: null, source: 'test' }));

const micros = fc.integer({ min: 0, max: 999_999_999_999_999 });
const price = fc.record({
  provider: fc.constantFrom('openai', 'mistral'),
  model: fc.constantFrom('a', 'b', '*'),
  currency: fc.constantFrom('USD', 'EUR'),
  input: fc.constantFrom('1', '2.5', '3'),
  output: fc.constantFrom('1', '2.5'),
  valid_from: fc.integer({ min: 0, max: 6 }).map((day) => new Date(day * DAY_MS).toISOString()),
  withdrawn: fc.constantFrom(undefined, undefined, true),
});
const list = fc
  .uniqueArray(price, { maxLength: 8, selector: (one) => `${one.provider} ${one.model} ${one.valid_from}` })
  .map((rows) =>
    rows.map(({ withdrawn, ...row }): NewPrice => {
      const { input: _i, output: _o, ...bare } = row;
      return withdrawn ? { ...bare, withdrawn } : row;
    }),
  );

describe('amounts', () => {
  it('are the same after being written and read', () => {
    fc.assert(
      fc.property(micros, (amount) => {
        expect(readAmount(writeAmount(amount))).toBe(amount);
      }),
    );
  });

  it('are read as they are written, where floating point would not', () => {
    expect(readAmount('0.15')).toBe(150_000);
    expect(readAmount('1.1')).toBe(1_100_000);
    expect(readAmount('0.000001')).toBe(1);
    expect(readAmount('123456789.654321')).toBe(123_456_789_654_321);
    expect(writeAmount(2_500_000)).toBe('2.5');
    expect(writeAmount(0)).toBe('0');
  });
});

describe('the cost of a call', () => {
  const tokens = fc.integer({ min: 0, max: 2_147_483_647 });
  const rate = fc.integer({ min: 0, max: 1_000_000_000 });

  it('is whole, and the sum of its four classes rounded up once', () => {
    fc.assert(
      fc.property(
        fc.array(tokens, { minLength: 4, maxLength: 4 }),
        fc.array(rate, { minLength: 4, maxLength: 4 }),
        (n, p) => {
          const counts = {
            input_tokens: n[0]!,
            cached_input_tokens: n[1]!,
            output_tokens: n[2]!,
            reasoning_tokens: n[3]!,
          };
          const cost = priceCall(counts, {
            version: 1,
            currency: 'USD',
            input_micros_per_million: p[0]!,
            cached_input_micros_per_million: p[1]!,
            output_micros_per_million: p[2]!,
            reasoning_micros_per_million: p[3]!,
          }).cost_micros!;
          const exact = n.reduce((sum, count, at) => sum + BigInt(count) * BigInt(p[at]!), 0n);
          expect(Number.isInteger(cost)).toBe(true);
          const over = BigInt(cost) * 1_000_000n - exact;
          if (cost <= Number.MAX_SAFE_INTEGER) expect(over >= 0n && over < 1_000_000n).toBe(true);
        },
      ),
    );
  });
});

describe('a publication', () => {
  it('of what is published already changes nothing', () => {
    fc.assert(
      fc.property(list, (rows) => {
        const first = planPublication([], rows, NOW);
        const again = planPublication(versioned(1, first), rows, NOW);
        expect(again.changes).toEqual([]);
        expect(again.unchanged).toBe(rows.length);
      }),
    );
  });

  it('leaves out rows only where every question has the same answer without them', () => {
    fc.assert(
      fc.property(list, list, (before, rows) => {
        const held = versioned(1, planPublication([], before, NOW));
        const planned = versioned(2, planPublication(held, rows, NOW));
        // Each row by itself: a list planned as one would leave out what repeats an earlier row of its own.
        const whole = rows.flatMap((row) =>
          row.withdrawn ? [withdrawn(row)] : versioned(2, planPublication([], [row], NOW)),
        );
        const [short, full] = [createPrices([...held, ...planned]), createPrices([...held, ...whole])];
        for (const provider of ['openai', 'mistral'])
          for (const model of ['a', 'b', 'c'])
            for (let day = 0; day < 8; day++)
              expect(amounts(short.find(provider, model, day * DAY_MS))).toEqual(
                amounts(full.find(provider, model, day * DAY_MS)),
              );
      }),
      { numRuns: 500 },
    );
  });

  it('compares later rows of a list with earlier ones of the same list', () => {
    const held = versioned(1, planPublication([], [given({ valid_from: new Date(0).toISOString() })], NOW));
    const plan = planPublication(
      held,
      [
        given({ input: '9', valid_from: new Date(10 * DAY_MS).toISOString() }),
        given({ valid_from: new Date(20 * DAY_MS).toISOString() }),
      ],
      NOW,
    );
    expect(plan.changes.map(({ change }) => change)).toEqual(['changed', 'changed']);
  });

  it('fills cached input and reasoning from input and output, and its day from the clock', () => {
    const [change] = planPublication([], [given({ input: '0.3', output: '1.2' })], NOW).changes;
    expect(change).toMatchObject({
      change: 'new',
      after: {
        input_micros_per_million: 300_000,
        cached_input_micros_per_million: 300_000,
        output_micros_per_million: 1_200_000,
        reasoning_micros_per_million: 1_200_000,
        valid_from: NOW,
      },
    });
  });

  it('is refused with half a price, a withdrawn one with amounts, or one twice', () => {
    for (const [rows, code] of [
      [[{ ...given(), output: undefined }], 'price_incomplete'],
      [[given({ withdrawn: true })], 'price_incomplete'],
      [[given(), given({ input: '7' })], 'price_repeated'],
    ] as const)
      expect(() => planPublication([], [...rows], NOW)).toThrowError(expect.objectContaining({ code }));
  });
});

function withdrawn(row: NewPrice): ListedPrice {
  const { provider, model, currency, valid_from } = row;
  return {
    ...{ version: 2, organization_id: null, provider, model, currency, source: 'test' },
    input_micros_per_million: null,
    cached_input_micros_per_million: null,
    output_micros_per_million: null,
    reasoning_micros_per_million: null,
    valid_from: Date.parse(valid_from!),
  };
}

function amounts(price: ReturnType<ReturnType<typeof createPrices>['find']>) {
  return price && [price.currency, price.input_micros_per_million, price.output_micros_per_million];
}
