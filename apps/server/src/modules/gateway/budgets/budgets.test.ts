// Budgets in the ledger's own statements, on a real database: what fits is reserved, what does not is refused alone, and
// nothing stays reserved when a call is over, however it ends.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type LedgerGround, openLedgerGround } from '../../../../test/open-ledger-ground.ts';
import { newId } from '../../../platform/ids.ts';
import {
  type BudgetAsk,
  BudgetRefused,
  createLedger,
  type Entry,
  type Ledger,
  type LedgerDeps,
} from '../ledger/index.ts';

let ground: LedgerGround;
const opened: Ledger[] = [];
beforeAll(async () => {
  ground = await openLedgerGround();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((ledger) => ledger.stop()));
});
afterAll(() => ground.close());

async function openLedger(deps: Partial<LedgerDeps> = {}): Promise<Ledger> {
  const ledger = createLedger({ ...ground.ledgerDeps(), budgetPatienceMs: 0, ...deps });
  opened.push(ledger);
  await ledger.whenUp(10_000);
  return ledger;
}

const period_start = '2026-11-01T00:00:00.000Z';
const askOf = (limit_micros: number, micros: number, more: Partial<BudgetAsk> = {}): BudgetAsk => ({
  budget_id: newId(),
  period_start,
  workspace_id: null,
  limit_micros,
  micros,
  warn_micros: [],
  ...more,
});

const entryOf = (budgets: BudgetAsk[], more: Partial<Entry> = {}): Entry => ({
  id: newId(),
  attempt: 1,
  organization_id: newId(),
  workspace_id: newId(),
  actor_kind: 'api_key',
  actor_id: newId(),
  replica_id: newId(),
  surface: 'chat.completions',
  provider: 'openai',
  credential_id: null,
  requested_model: 'fast',
  upstream_model: 'gpt-4o-mini',
  input_tokens: 10,
  cached_input_tokens: 0,
  output_tokens: 20,
  reasoning_tokens: 0,
  cost_micros: budgets[0]?.micros ?? 14,
  currency: 'USD',
  price_version: 1,
  usage_source: 'estimated',
  status: null,
  streamed: false,
  latency_ms: 12,
  first_byte_ms: 5,
  route_id: null,
  variant: null,
  failure: null,
  cache: null,
  ...(budgets.length > 0 ? { budgets } : {}),
  ...more,
});
const settled = (intent: Entry, cost_micros: number): Entry => ({
  ...intent,
  cost_micros,
  usage_source: 'provider',
  status: 200,
});

async function standingOf({ budget_id }: BudgetAsk) {
  const [row] = await ground.rows<{ spent: number; reserved: number; open: number; is_due: boolean }>(
    `select spent_micros::float8 as spent, reserved_micros::float8 as reserved, is_due,
      (select count(*)::int from ledger.budget_reservations r where r.budget_id = p.budget_id) as open
    from ledger.budget_periods p where budget_id = $1`,
    [budget_id],
  );
  return row;
}
const refusal = (call: Promise<void>) =>
  call.then(
    () => undefined,
    (error: unknown) => error as BudgetRefused,
  );

it('a burst reserves no more than the budget holds, and refuses the rest', async () => {
  const ledgers = await Promise.all([openLedger(), openLedger(), openLedger()]);
  const organization_id = newId();
  const ask = askOf(1_000, 70);
  const calls = Array.from({ length: 200 }, () => entryOf([ask], { organization_id }));
  const told = await Promise.all(calls.map((call, at) => refusal(ledgers[at % 3]!.intend(call))));
  expect(told.filter((error) => error === undefined)).toHaveLength(14);
  for (const error of told) if (error) expect(error).toBeInstanceOf(BudgetRefused);
  expect(await standingOf(ask)).toMatchObject({ spent: 0, reserved: 980, open: 14 });
  const rows = await ground.rows('select 1 from ledger.entries where organization_id = $1', [
    organization_id,
  ]);
  expect(rows).toHaveLength(14);
  const made = calls.filter((_, at) => told[at] === undefined);
  await Promise.all(made.map((call, at) => ledgers[at % 3]!.settle(settled(call, 3))));
  expect(await standingOf(ask)).toMatchObject({ spent: 42, reserved: 0, open: 0 });
});

it('of a batch only the calls that do not fit are refused, also when a smaller one comes after', async () => {
  const ledger = await openLedger();
  const organization_id = newId();
  const ask = askOf(100, 60);
  const calls = [60, 60, 30, 0, 20].map((micros) => entryOf([{ ...ask, micros }], { organization_id }));
  const told = await Promise.all(calls.map((call) => refusal(ledger.intend(call))));
  expect(told.map((error) => error === undefined)).toEqual([true, false, true, true, false]);
  expect(await standingOf(ask)).toMatchObject({ reserved: 90 });
});

it('a call that one of its budgets refuses reserves nothing of the others', async () => {
  const ledger = await openLedger();
  const [wide, narrow] = [askOf(1_000, 10), askOf(5, 10)];
  const error = await refusal(ledger.intend(entryOf([wide, narrow])));
  expect(error?.lack).toMatchObject({ budget_id: narrow.budget_id, limit_micros: 5, micros: 10 });
  expect(error?.isForNow).toBe(false);
  expect(await standingOf(wide)).toMatchObject({ reserved: 0, open: 0 });
});

it('the first settlement releases, a second one changes nothing', async () => {
  const ledger = await openLedger();
  const ask = askOf(1_000, 100);
  const intent = entryOf([ask]);
  await ledger.intend(intent);
  await ledger.settle(settled(intent, 7));
  await ledger.settle(settled(intent, 9));
  expect(await standingOf(ask)).toMatchObject({ spent: 7, reserved: 0, open: 0 });
});

it('a cost that is not known leaves the worst case spent', async () => {
  const ledger = await openLedger();
  const ask = askOf(1_000, 100);
  const intent = entryOf([ask]);
  await ledger.intend(intent);
  await ledger.settle({ ...settled(intent, 0), cost_micros: null, currency: null, price_version: null });
  expect(await standingOf(ask)).toMatchObject({ spent: 100, reserved: 0, open: 0 });
});

it('what a dead replica reserved becomes what its orphan is billed', async () => {
  const ledger = await openLedger();
  const ask = askOf(1_000, 100);
  const intent = entryOf([ask]);
  await ledger.intend(intent);
  expect(await ledger.sweep([])).toBeGreaterThan(0);
  expect(await standingOf(ask)).toMatchObject({ spent: 100, reserved: 0, open: 0 });
  await ledger.settle(settled(intent, 7));
  expect(await standingOf(ask)).toMatchObject({ spent: 100, reserved: 0 });
});

it('a call waits for reservations of others to become costs', async () => {
  const ledger = await openLedger({ budgetPatienceMs: 5_000 });
  const organization_id = newId();
  const ask = askOf(100, 80);
  const [first, second] = [entryOf([ask], { organization_id }), entryOf([ask], { organization_id })];
  await ledger.intend(first);
  const waiting = ledger.intend(second);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await ledger.settle(settled(first, 5));
  await waiting;
  expect(await standingOf(ask)).toMatchObject({ spent: 5, reserved: 80 });
});

it('batches that name the same budgets in any order never wait for each other in a circle', async () => {
  const ledgers = await Promise.all([openLedger(), openLedger(), openLedger()]);
  const organization_id = newId();
  const asks = Array.from({ length: 6 }, () => askOf(1_000_000_000, 10));
  const calls = Array.from({ length: 600 }, () =>
    entryOf(asks.toSorted(() => Math.random() - 0.5).slice(0, 3), { organization_id }),
  );
  await Promise.all(
    calls.map(async (call, at) => {
      await ledgers[at % 3]!.intend(call);
      await ledgers[(at + 1) % 3]!.settle(settled(call, 1));
    }),
  );
  const standings = await Promise.all(asks.map(standingOf));
  expect(standings.reduce((sum, one) => sum + (one?.spent ?? 0), 0)).toBe(1_800);
  expect(standings.every((one) => one?.reserved === 0 && one.open === 0)).toBe(true);
}, 30_000);

it('a threshold that is passed is due until it was told', async () => {
  const ledger = await openLedger();
  const organization_id = newId();
  const ask = askOf(100, 50, { warn_micros: [40, 90] });
  const told: number[] = [];
  const tellAll = () =>
    ledger.tellDue(async (due) => {
      if (due.budget_id === ask.budget_id) told.push(due.spent_micros);
    });
  for (const cost of [30, 15, 1]) {
    const intent = entryOf([ask], { organization_id });
    await ledger.intend(intent);
    await ledger.settle(settled(intent, cost));
    await tellAll();
  }
  expect(told).toEqual([45]);
});
