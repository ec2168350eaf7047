// Rating calls again, in the whole server: reports show the latest rating, the ledger stays as it was, and a re-rating ends
// however often it is begun or interrupted.
import { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Office, openPricingGround, type PricingGround } from '../../../../test/open-pricing-ground.ts';
import { createRatingTurns } from './create-rating-turns.ts';
import { addReRating, beginRating } from './store.ts';

let ground: PricingGround;
beforeAll(async () => {
  ground = await openPricingGround();
});
afterAll(() => ground.close());

const MONTH = { from: '2026-02-01T00:00:00Z', to: '2026-03-01T00:00:00Z' };
const at = (day: string) => Date.parse(`2026-02-${day}T12:00:00Z`);
const price = (model: string, input: string, more: Record<string, unknown> = {}) => ({
  provider: 'openai',
  model,
  input,
  output: '0',
  valid_from: '2026-01-01T00:00:00Z',
  ...more,
});
const entriesOf = ({ rows, id }: Office) =>
  rows('select * from ledger.entries where organization_id = $1 order by id, phase', id);
const ratingsOf = ({ rows, id }: Office) =>
  rows<{ number: number }>('select * from ledger.ratings where organization_id = $1 order by id, number', id);

/** An office whose calls of a model were made while nobody knew its price. */
async function openUnpriced(model: string, calls: number): Promise<Office> {
  const office = await ground.newOffice();
  for (let n = 0; n < calls; n++) await ground.settle(office, { model, at: at('10') + n, input: 1_000_000 });
  return office;
}

describe('a re-rating', () => {
  it('is tried, done and shown; the ledger itself stays as it was', async () => {
    const office = await openUnpriced('late', 3);
    await ground.settle(office, { model: 'late', at: Date.parse('2026-03-01T00:00:00Z'), input: 5 });
    await ground.publish([price('late', '2')]);
    const before = await entriesOf(office);
    const tried = await ground.reRate(office, { ...MONTH, dry_run: true });
    expect(tried.body).toMatchObject({
      ...{ id: null, state: 'dry_run', complete: true, examined: 3, changed: 3, unpriced: 0 },
      totals: [{ currency: 'USD', calls: 3, old_cost_micros: 0, cost_micros: 6_000_000 }],
    });
    expect(await ratingsOf(office)).toEqual([]);
    const done = await ground.reRate(office, { ...MONTH, reason: 'the price came late' });
    expect(done.body).toMatchObject({ state: 'done', complete: true, changed: 3, totals: tried.body.totals });
    expect(await entriesOf(office)).toEqual(before);
    const costs = (await ground.usageOf(office)).map((call) => [call.cost_micros, call.currency]);
    expect(costs).toEqual([[null, null], ...Array.from({ length: 3 }, () => [2_000_000, 'USD'])]);
    const totals = await ground.totalsOf(office);
    expect(totals).toMatchObject([
      { calls: 3, cost_micros: 6_000_000 },
      { currency: null, calls: 1 },
    ]);
    const events = await office.events('usage.re_rating_requested');
    expect(events).toMatchObject([{ subject_id: done.body.id, details: { reason: 'the price came late' } }]);
  });

  it('a second time changes nothing; a new price is one rating more, and the latest holds', async () => {
    const office = await openUnpriced('twice', 2);
    await ground.publish([price('twice', '1')]);
    await ground.reRate(office, MONTH);
    expect((await ground.reRate(office, MONTH)).body).toMatchObject({ examined: 2, changed: 0, totals: [] });
    expect(await ratingsOf(office)).toHaveLength(2);
    await ground.publish([price('twice', '3')]);
    await Promise.all([
      ground.reRate(office, MONTH),
      ground.reRate(office, MONTH),
      ground.reRate(office, MONTH),
    ]);
    expect((await ratingsOf(office)).map(({ number }) => number)).toEqual([1, 2, 1, 2]);
    expect(await ground.totalsOf(office)).toMatchObject([{ calls: 2, cost_micros: 6_000_000 }]);
    const list = await ground.api('GET', `/v1/organizations/${office.id}/usage/re-ratings?limit=2`, {
      token: office.token,
    });
    expect(list.body).toMatchObject({
      data: [{ state: 'done' }, { state: 'done' }],
      next_cursor: expect.any(String),
    });
  });

  it('takes the price of the call’s own day and organization, and can be narrowed', async () => {
    const office = await openUnpriced('narrow', 1);
    await ground.settle(office, { model: 'narrow', at: at('20'), input: 1_000_000 });
    await ground.settle(office, { model: 'narrow', at: at('21'), input: 1_000_000, cost_micros: 1 });
    await ground.publish([
      price('narrow', '1'),
      price('narrow', '4', { valid_from: '2026-02-15T00:00:00Z' }),
    ]);
    await ground.publish([price('narrow', '2', { valid_from: '2026-02-15T00:00:00Z' })], {
      organization: office.id,
    });
    expect((await ground.reRate(office, { ...MONTH, provider: 'groq' })).body).toMatchObject({ examined: 0 });
    expect((await ground.reRate(office, { ...MONTH, only_unknown: true })).body).toMatchObject({
      changed: 2,
    });
    const costs = async () => (await ground.usageOf(office)).map((call) => call.cost_micros);
    expect(await costs()).toEqual([1, 2_000_000, 1_000_000]);
    await ground.reRate(office, { ...MONTH, model: 'narrow' });
    expect(await costs()).toEqual([2_000_000, 2_000_000, 1_000_000]);
  });

  it('that nobody worked at any more is carried on, batch after batch', async () => {
    const office = await openUnpriced('resumed', 1_300);
    const { version } = await ground.publish([price('resumed', '1')]);
    const everything = { organization_id: office.id, workspaces: '*' as const };
    const id = await ground.app.db.as(everything, async (tx) => {
      await beginRating(tx, office.id);
      const wanted = { provider: null, model: null, only_unknown: true, reason: null, requested_by: 'test' };
      const period = { from: new Date(MONTH.from), until: new Date(MONTH.to) };
      const own = { organization_id: office.id, id: crypto.randomUUID() };
      return (await addReRating(tx, { ...own, ...wanted, ...period })).id;
    });
    const { gateway, db, log } = ground.app;
    const turns = createRatingTurns({ db, log, prices: gateway.prices }, gateway.ledgers.get('main')!);
    expect(await turns.take()).toBe(1);
    expect(await turns.take()).toBe(0);
    const rows = await office.rows<{ changed: number; price_version: number; n: number }>(
      `select r.changed::int, (select count(*)::int from ledger.ratings where re_rating_id = r.id and price_version = $2) as n
        from ledger.re_ratings r where r.id = $1`,
      id,
      version,
    );
    expect(rows).toEqual([{ changed: 1_300, n: 1_300 }]);
  });

  it('is refused for a period the wrong way round, and for who is no operator', async () => {
    const office = await openUnpriced('refused', 1);
    const wrong = await ground.reRate(office, { from: MONTH.to, to: MONTH.from });
    expect(wrong).toMatchObject({ status: 400, body: { code: 'period_invalid' } });
    const path = `/v1/organizations/${office.id}/usage/re-rate`;
    expect((await ground.api('POST', path, { token: office.token, body: MONTH })).status).toBe(403);
  });
});

describe('ratings', () => {
  it('can be written by no tenant’s transaction that does not say it rates, and are behind the walls', async () => {
    const office = await openUnpriced('walled', 1);
    await ground.settle(office, { model: 'walled', at: at('11'), input: 1_000_000, workspace_id: null });
    const other = await ground.newOffice();
    await ground.publish([price('walled', '1')]);
    await ground.reRate(office, MONTH);
    expect(await ratingsOf(office)).toHaveLength(2);
    expect(await other.rows('select from ledger.ratings')).toEqual([]);
    expect(await other.rows('select from ledger.re_ratings')).toEqual([]);
    const { db } = ground.app;
    const seenFrom = (workspaces: string[]) =>
      db.as(
        { organization_id: office.id, workspaces },
        async (tx) => (await tx.executeQuery(CompiledQuery.raw('select from ledger.ratings'))).rows.length,
      );
    expect(await seenFrom([office.workspaceId])).toBe(1);
    expect(await seenFrom([])).toBe(0);
    for (const statement of [
      'insert into ledger.ratings (organization_id, at, id, attempt, number, re_rating_id, cost_micros, currency, price_version) select organization_id, at, id, attempt, 9, re_rating_id, 0, currency, 1 from ledger.ratings',
      'update ledger.ratings set cost_micros = 0',
      'delete from ledger.ratings',
      'delete from ledger.re_ratings',
    ])
      await expect(office.rows(statement), statement).rejects.toMatchObject({ code: '42501' });
    await office.rows("update ledger.re_ratings set state = 'running'");
    const states = await office.rows('select distinct state from ledger.re_ratings');
    expect(states).toEqual([{ state: 'done' }]);
  });
});
