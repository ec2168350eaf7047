// Invoices in the layouts they come in: the plain one, and OpenAI's exports, whose buckets may be as short as a minute.
import { expect, test } from 'vitest';
import { readInvoice } from './read-invoice.ts';

const keys = new Map([['key_one', 'c0ffee00-0000-7000-8000-000000000000']]);
const start = Date.parse('2026-03-29T00:00:00Z') / 1_000;

test('the plain layout', () => {
  const text = `key_hint,model,day,calls,input_tokens,cached_input_tokens,output_tokens,cost,currency
…abcd,gpt-x,2026-03-29,2,100,20,7,0.0000015,USD
…abcd,gpt-x,2026-03-29,1,1,,,0.0000015,USD
`;
  expect(readInvoice(text, keys)).toEqual([
    {
      ...{ key_hint: '…abcd', model: 'gpt-x', day: '2026-03-29', calls: 3, input_tokens: 101 },
      ...{ cached_input_tokens: 20, output_tokens: 7, cost_micros: 3, currency: 'USD' },
    },
  ]);
});

test('OpenAI’s usage export as JSON: minutes become UTC days, keys become credentials', () => {
  const result = (more: object) => ({
    object: 'organization.usage.completions.result',
    ...{
      input_tokens: 10,
      output_tokens: 5,
      input_cached_tokens: 4,
      num_model_requests: 1,
      api_key_id: 'key_one',
      model: 'gpt-x',
    },
    ...more,
  });
  const bucket = (at: number, ...results: object[]) => ({
    object: 'bucket',
    start_time: at,
    end_time: at + 60,
    results,
  });
  const data = [
    bucket(start - 60, result({})),
    bucket(start, result({}), result({ api_key_id: 'key_two' })),
    bucket(start + 86_340, result({})),
  ];
  const rows = readInvoice(JSON.stringify({ object: 'page', data }), keys);
  const own = { credential_id: keys.get('key_one'), model: 'gpt-x' };
  expect(rows).toEqual([
    { ...own, day: '2026-03-28', calls: 1, input_tokens: 10, cached_input_tokens: 4, output_tokens: 5 },
    { ...own, day: '2026-03-29', calls: 2, input_tokens: 20, cached_input_tokens: 8, output_tokens: 10 },
    {
      key_hint: 'key_two',
      model: 'gpt-x',
      day: '2026-03-29',
      calls: 1,
      input_tokens: 10,
      cached_input_tokens: 4,
      output_tokens: 5,
    },
  ]);
});

test('OpenAI’s costs export, as JSON and as CSV', () => {
  const amounts = [
    { value: 0.06, currency: 'usd' },
    { value: '0.0000014', currency: 'usd' },
  ];
  const results = amounts.map((amount) => ({
    object: 'organization.costs.result',
    amount,
    line_item: 'gpt-x, input',
    project_id: null,
  }));
  const wanted = [{ model: 'gpt-x', day: '2026-03-29', cost_micros: 60_001, currency: 'USD' }];
  expect(readInvoice(JSON.stringify({ data: [{ start_time: start, results }] }), keys)).toEqual(wanted);
  const csv = `start_time,start_time_iso,amount_value,amount_currency,line_item
${start},2026-03-29T00:00:00+00:00,0.06,usd,"gpt-x, input"
${start},2026-03-29T00:00:00+00:00,0.0000014,usd,"gpt-x, output"`;
  expect(readInvoice(csv, keys)).toEqual(wanted);
});

test('a file without days or rows is refused in words', () => {
  expect(() => readInvoice('model,cost\nm,1', keys)).toThrow(/names no day/);
  expect(() => readInvoice('day,cost\n2026-01-01,much', keys)).toThrow(/not a decimal/);
  expect(() => readInvoice('{"data":[]}', keys)).toThrow(/no row/);
});
