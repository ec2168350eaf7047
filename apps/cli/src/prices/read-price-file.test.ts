// Files of prices as people have them: every layout ends in the same exact decimals.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCsv, writeCsv } from '../tables/read-csv.ts';
import { scaleDecimal, writeScaled } from '../tables/scale-decimal.ts';
import { readPriceFile } from './read-price-file.ts';

test('CSV and JSON mean the same', () => {
  const csv = `\ufeffprovider,model,currency,input,cached_input,output,reasoning,valid_from\r
openai,gpt-x,USD,2.50,1.25,10,,2026-03-01\r
openai,"a, ""quoted"" one",EUR,0.000001,,0,,\r
`;
  const json = JSON.stringify({
    prices: [
      {
        provider: 'openai',
        model: 'gpt-x',
        currency: 'USD',
        input: 2.5,
        cached_input: '1.25',
        output: '10.000',
        valid_from: '2026-03-01',
      },
      { provider: 'openai', model: 'a, "quoted" one', currency: 'EUR', input: 1e-6, output: 0 },
    ],
  });
  const wanted = [
    {
      provider: 'openai',
      model: 'gpt-x',
      currency: 'USD',
      input: '2.5',
      cached_input: '1.25',
      output: '10',
      valid_from: '2026-03-01T00:00:00Z',
    },
    { provider: 'openai', model: 'a, "quoted" one', currency: 'EUR', input: '0.000001', output: '0' },
  ];
  expect(readPriceFile(csv, undefined)).toEqual({ prices: wanted, leftOut: [] });
  expect(readPriceFile(json, undefined)).toEqual({ prices: wanted, leftOut: [] });
});

test('the layout of LiteLLM’s list: per token becomes per million, without the noise of floating point', () => {
  const list = {
    sample_spec: { input_cost_per_token: 0, litellm_provider: 'one of …' },
    'gpt-x': {
      litellm_provider: 'openai',
      input_cost_per_token: 1.5e-7,
      output_cost_per_token: Number('6.000000000000001e-7'),
      cache_read_input_token_cost: 7.5e-8,
    },
    'gemini/gem': {
      litellm_provider: 'gemini',
      input_cost_per_token: Number('3.7500000000000003e-7'),
      output_cost_per_token: 1e-5,
      output_cost_per_reasoning_token: 3.5e-6,
      input_cost_per_token_above_200k_tokens: 1e-6,
    },
    'mistral/embed': { litellm_provider: 'mistral', input_cost_per_token: 1e-7, mode: 'embedding' },
    'dall-e': { litellm_provider: 'openai', input_cost_per_pixel: 1e-8 },
    'x/y': { litellm_provider: 'constructor', input_cost_per_token: 1 },
  };
  expect(readPriceFile(JSON.stringify(list), undefined)).toEqual({
    prices: [
      {
        provider: 'openai',
        model: 'gpt-x',
        currency: 'USD',
        input: '0.15',
        output: '0.6',
        cached_input: '0.075',
      },
      { provider: 'google', model: 'gem', currency: 'USD', input: '0.375', output: '10', reasoning: '3.5' },
      { provider: 'mistral', model: 'embed', currency: 'USD', input: '0.1', output: '0' },
    ],
    leftOut: [
      '1 entries without a price per token',
      '1 entries of providers that Insula has no name for',
      'the dearer tiers of 1 models (long prompts): their first tier is taken',
    ],
  });
});

test('what cannot be meant is refused in words', () => {
  for (const [text, words] of [
    ['provider,model,input,output\nopenai,m,0.0000001,1', /more than six decimals/],
    ['provider,model,price\nopenai,m,1', /the field "price"/],
    ['provider,model,input,output\nopenai,m,1,2,3', /Line 2 has 5 cells/],
    ['provider,model,input,output\nopenai,"m,1,2', /quote is out of place/],
    ['[{"provider":"openai","model":"m","input":"free"}]', /not a decimal/],
    ['{"prices":', /not JSON/],
  ] as const)
    expect(() => readPriceFile(text, undefined), text).toThrow(words);
});

test('a table is the same after being written and read', () => {
  const cell = fc
    .string({ unit: fc.constantFrom('a', '"', ',', '\n', ';', ' x') })
    .map((text) => text.trim());
  fc.assert(
    fc.property(fc.array(fc.record({ one: cell, two: cell }), { minLength: 1 }), (rows) => {
      const filled = rows.filter(({ one, two }) => one !== '' || two !== '');
      fc.pre(filled.length > 0);
      expect(readCsv(writeCsv(filled))).toEqual(filled);
    }),
  );
  expect(writeCsv([{ a: '=1+1', b: '-0.5', c: null }])).toBe("a,b,c\n'=1+1,-0.5,\n");
});

test('decimals are scaled exactly and written back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), (amount) => {
      expect(scaleDecimal(writeScaled(amount, 6), 6)).toBe(amount);
    }),
  );
  expect(scaleDecimal('1.5e-07', 12)).toBe(150_000n);
  expect(scaleDecimal('-0.0000005', 6)).toBe(-1n);
  expect(scaleDecimal('2.5', 0)).toBe(3n);
});
