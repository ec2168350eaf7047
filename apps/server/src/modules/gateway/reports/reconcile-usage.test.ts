// An invoice beside the ledger: what agrees, what drifts and what only one side knows, by key, model and UTC day.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Office, openPricingGround, type PricingGround } from '../../../../test/open-pricing-ground.ts';
import { compareInvoice, dimensionsOf, type InvoiceRow } from './compare-invoice.ts';
import type { Reconciliation } from './reconcile-usage.ts';
import type { KeySum } from './store.ts';

let ground: PricingGround;
beforeAll(async () => {
  ground = await openPricingGround();
});
afterAll(() => ground.close());

const time = (text: string) => Date.parse(text);
async function reconcile(office: Office, body: Record<string, unknown>): Promise<Reconciliation> {
  const path = `/v1/organizations/${office.id}/usage/reconcile`;
  const answer = await ground.api('POST', path, { token: office.token, body });
  expect(answer.status, answer.text).toBe(200);
  return answer.body as unknown as Reconciliation;
}

async function addCredential(office: Office, key: string): Promise<string> {
  const body = {
    ...{ name: key, provider: 'custom', base_url: 'http://127.0.0.1:9/v1', api_key: key },
    ...{ models: ['m'], test: false },
  };
  const path = `/v1/workspaces/${office.workspaceId}/credentials`;
  const saved = await ground.api('POST', path, { token: office.token, body });
  expect(saved.status, saved.text).toBe(201);
  return saved.body.id as string;
}

/** An office whose April agrees on one day, drifts on another, and lacks a key. */
async function reconcileApril() {
  const office = await ground.newOffice();
  const key = await addCredential(office, 'sk-a-long-key-that-ends-in-abcd');
  const on = (day: string) => ({ credential_id: key, at: time(`2026-04-${day}T12:00:00Z`) });
  await ground.settle(office, {
    ...on('01'),
    input: 80,
    cached: 20,
    output: 5,
    reasoning: 5,
    cost_micros: 300,
  });
  await ground.settle(office, {
    ...on('02'),
    model: 'gpt-4o-2024-08-06',
    input: 1_000,
    cost_micros: 1_000_000,
  });
  await ground.settle(office, { ...on('03'), input: 7, cost_micros: null });
  await ground.settle(office, { ...on('03'), input: 0, status: 500, cost_micros: 0 });
  const report = await reconcile(office, {
    tolerance_micros: 0,
    rows: [
      {
        key_hint: 'sk-…abcd',
        model: 'gpt-4o-mini',
        day: '2026-04-01',
        calls: 1,
        input_tokens: 100,
        cached_input_tokens: 20,
        output_tokens: 10,
        cost_micros: 300,
      },
      {
        credential_id: key,
        model: 'gpt-4o',
        day: '2026-04-02',
        input_tokens: 1_000,
        cost_micros: 1_100_000,
      },
      { key_hint: 'key_elsewhere', model: 'gpt-4o', day: '2026-04-02', input_tokens: 50, cost_micros: 9 },
    ],
  });
  return { key, report };
}

describe('a reconciliation', () => {
  it('finds what agrees, what drifts, and what only one side knows', async () => {
    const { key, report } = await reconcileApril();
    expect(report.verdicts).toEqual({ equal: 1, tolerated: 0, drifting: 1, only_theirs: 1, only_ours: 0 });
    expect(report.data[0]).toMatchObject({
      ...{ key, model: 'gpt-4o', day: '2026-04-02', verdict: 'drifting' },
      drift: { cost_micros: 100_000, input_tokens: 0 },
      drift_percent: { cost_micros: 10, input_tokens: 0 },
    });
    expect(report.only_theirs).toMatchObject({ input_tokens: 50, cost_micros: 9, output_tokens: null });
    expect(report.keys.map((one) => one.key)).toEqual([key, 'hint key_elsewhere']);
    expect(report.totals).toMatchObject([
      { theirs: { cost_micros: 1_100_309 }, ours: { cost_micros: 1_000_300 } },
    ]);
  });

  it('counts days in UTC, also where clocks are put forward, and shows the latest rating', async () => {
    const office = await ground.newOffice();
    // Europe changes to summer time on 2026-03-29, the United States on 2026-03-08: a UTC day has 24 hours all the same.
    for (const moment of [
      '2026-03-28T23:59:59.999Z',
      '2026-03-29T00:00:00.000Z',
      '2026-03-29T23:59:59.999Z',
      '2026-03-30T00:00:00.000Z',
    ])
      await ground.settle(office, { model: 'dst', at: time(moment), input: 1_000_000 });
    await ground.publish([
      { provider: 'openai', model: 'dst', input: '0.5', output: '0', valid_from: '2026-01-01T00:00:00Z' },
    ]);
    await ground.reRate(office, { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' });
    const report = await reconcile(office, {
      rows: [{ model: 'dst', day: '2026-03-29', calls: 2, input_tokens: 2_000_000, cost_micros: 1_000_000 }],
    });
    expect(report).toMatchObject({
      ...{ from: '2026-03-29T00:00:00.000Z', to: '2026-03-30T00:00:00.000Z', compared_by: ['model', 'day'] },
      data: [{ verdict: 'equal', ours: { calls: 2, cost_micros: 1_000_000 }, unpriced_calls: 0 }],
    });
  });

  it('says which of our calls have no price, and what is only ours', async () => {
    const office = await ground.newOffice();
    await ground.settle(office, { model: 'secret', at: time('2026-05-02T00:00:00Z'), input: 10 });
    const report = await reconcile(office, {
      rows: [
        { model: 'other', day: '2026-05-01', input_tokens: 1 },
        { model: 'other', day: '2026-05-03', input_tokens: 1 },
      ],
    });
    expect(report.verdicts).toMatchObject({ only_theirs: 2, only_ours: 1 });
    expect(report.only_ours).toMatchObject({ calls: 1, input_tokens: 10 });
    expect(report.totals[0]).toMatchObject({
      unpriced_calls: 1,
      drift: { input_tokens: -8, cost_micros: null },
    });
  });

  it('is refused with several currencies, days far apart, or eyes for single workspaces only', async () => {
    const office = await ground.newOffice();
    const path = `/v1/organizations/${office.id}/usage/reconcile`;
    const codeOf = async (rows: unknown, token = office.token) =>
      (await ground.api('POST', path, { token, body: { rows } })).body.code;
    const line = { day: '2026-01-01', cost_micros: 1 };
    expect(await codeOf([line, { ...line, currency: 'EUR' }])).toBe('currencies_mixed');
    expect(await codeOf([line, { ...line, day: '2028-01-01' }])).toBe('days_too_far_apart');
    const key = await ground.api('POST', `/v1/workspaces/${office.workspaceId}/api-keys`, {
      token: office.token,
      body: { name: 'k', scopes: ['billing:read'] },
    });
    expect(await codeOf([line], key.body.key as string)).toMatch(/credential_unseen|forbidden/);
  });

  it.each(['0000-01-01', '1999-12-31', '9999-12-31'])(
    'is refused a day that nobody is billed for: %s',
    async (day) => {
      const office = await ground.newOffice();
      const path = `/v1/organizations/${office.id}/usage/reconcile`;
      const answer = await ground.api('POST', path, { token: office.token, body: { rows: [{ day }] } });
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    },
  );
});

describe('the comparison', () => {
  const amount = fc.integer({ min: 0, max: 400_000_000_000 });
  const row: fc.Arbitrary<InvoiceRow> = fc.record({
    key_hint: fc.constantFrom('a', 'b'),
    model: fc.constantFrom('m', 'm-2024-08-06', 'n'),
    day: fc.constantFrom('2026-01-01', '2026-01-02'),
    input_tokens: amount,
    cost_micros: amount,
  });
  const options = {
    ...{ currency: 'USD', tolerance: { percent: 0, micros: 0 }, mergeSnapshots: true },
    keyOf: (one: Pick<InvoiceRow, 'credential_id' | 'key_hint'>) =>
      one.key_hint ?? one.credential_id ?? 'none',
  };
  const ours = (rows: InvoiceRow[]): KeySum[] =>
    rows.map((one) => ({
      ...{
        credential_id: one.key_hint!,
        model: one.model!,
        day: one.day,
        calls: 1,
        input_tokens: one.input_tokens!,
      },
      ...{ cached_input_tokens: 0, output_tokens: 0, cost_micros: one.cost_micros!, unpriced_calls: 0 },
    }));

  it('of a ledger with itself is equal everywhere', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1 }), (rows) => {
        const found = compareInvoice(rows, ours(rows), { ...options, by: dimensionsOf(rows) });
        expect(new Set(found.map(({ verdict }) => verdict))).toEqual(new Set(['equal']));
      }),
    );
  });

  it('loses nothing: the drifts of its parts add up to the drift of the whole, exactly', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1 }), fc.array(row), (theirs, own) => {
        const sumOf = (by: ('key' | 'model' | 'day')[]) =>
          compareInvoice(theirs, ours(own), { ...options, by }).reduce(
            (sum, one) => sum + one.drift.cost_micros!,
            0,
          );
        const exact =
          theirs.reduce((sum, one) => sum + one.cost_micros!, 0) -
          own.reduce((sum, one) => sum + one.cost_micros!, 0);
        for (const by of [[], ['key'], ['key', 'model', 'day']] as const) expect(sumOf([...by])).toBe(exact);
      }),
    );
  });
});
