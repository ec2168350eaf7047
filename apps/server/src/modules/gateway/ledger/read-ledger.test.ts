// The reading side, and the walls: who sees which rows, who may write, what a price is.
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerGround, openLedgerGround } from '../../../../test/open-ledger-ground.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { openConnection } from '../../../platform/db/open-connection.ts';
import { newId } from '../../../platform/ids.ts';
import {
  createLedger,
  createPrices,
  type Entry,
  type Ledger,
  listCalls,
  type Price,
  priceCall,
  priceList,
  publishPrices,
  sumCalls,
} from './index.ts';

let ground: LedgerGround;
let ledger: Ledger;
const [ann, bob] = [newId(), newId()];
const [north, south] = [newId(), newId()];
const DAY_MS = 86_400_000;
const start = Date.UTC(2026, 0, 10);
const period = { from: start, until: start + 10 * DAY_MS };

const entryOf = (day: number, more: Partial<Entry> = {}): Entry => ({
  id: newId(start + day * DAY_MS),
  attempt: 1,
  organization_id: ann,
  workspace_id: north,
  actor_kind: 'api_key',
  actor_id: null,
  replica_id: newId(),
  surface: 'chat.completions',
  provider: 'openai',
  credential_id: null,
  requested_model: 'fast',
  upstream_model: 'gpt-4o-mini',
  input_tokens: 100,
  cached_input_tokens: 10,
  output_tokens: 20,
  reasoning_tokens: 5,
  cost_micros: 1_000,
  currency: 'USD',
  price_version: 1,
  usage_source: 'provider',
  status: 200,
  streamed: false,
  latency_ms: 1,
  first_byte_ms: 1,
  route_id: null,
  variant: null,
  failure: null,
  cache: null,
  ...more,
});

const unpriced = { cost_micros: null, currency: null, price_version: null };
const entries = [
  entryOf(0),
  entryOf(1, { workspace_id: south, upstream_model: 'gpt-4o' }),
  entryOf(1, { status: 429, cost_micros: 0, input_tokens: 0, cached_input_tokens: 0, output_tokens: 0 }),
  entryOf(2, { usage_source: 'counted' }),
  entryOf(3, { ...unpriced, workspace_id: null }),
  entryOf(0, { organization_id: bob, workspace_id: newId(), cost_micros: 9_999_999 }),
];

beforeAll(async () => {
  ground = await openLedgerGround();
  ledger = createLedger(ground.ledgerDeps());
  await ledger.whenUp(10_000);
  await Promise.all(entries.map((entry) => ledger.intend({ ...entry, status: null })));
  await Promise.all(entries.map((entry) => ledger.settle(entry)));
});
afterAll(async () => {
  await ledger.stop();
  await ground.close();
});

type Sight = { role?: string; organization?: string; workspaces?: string };

/** Runs `work` as a role with the settings that the door gives a transaction. */
async function seeing<T>(sight: Sight, work: (tx: TenantTx, client: pg.Client) => Promise<T>): Promise<T> {
  const client = await ground.connect();
  try {
    await client.query('begin');
    await client.query("select set_config('role', $1, true)", [sight.role ?? 'insula_pooled']);
    for (const name of ['organization', 'workspaces'] as const) {
      if (sight[name] === undefined) continue;
      await client.query('select set_config($1, $2, true)', [`app.${name}`, sight[name]]);
    }
    return await work(openConnection(client, undefined).tx as unknown as TenantTx, client);
  } finally {
    await client.query('rollback').catch(() => {});
    await client.end();
  }
}
const idsSeen = (sight: Sight) =>
  seeing(sight, async (tx) => (await listCalls(tx, {}, { limit: 100 })).map((call) => call.id).toSorted());
const idsOf = (organization: string, workspaces?: (string | null)[]) =>
  entries
    .filter(
      (one) => one.organization_id === organization && (!workspaces || workspaces.includes(one.workspace_id)),
    )
    .map((one) => one.id)
    .toSorted();

describe('the walls', () => {
  it('show an organization its own calls only', async () => {
    expect(await idsSeen({ organization: ann, workspaces: '*' })).toEqual(idsOf(ann));
    expect(await idsSeen({ organization: bob, workspaces: '*' })).toEqual(idsOf(bob));
    expect(await idsSeen({ organization: newId(), workspaces: '*' })).toEqual([]);
  });

  it('show an actor bound to workspaces those only, and one without any nothing', async () => {
    expect(await idsSeen({ organization: ann, workspaces: north })).toEqual(idsOf(ann, [north]));
    expect(await idsSeen({ organization: ann, workspaces: `${north},${south}` })).toEqual(
      idsOf(ann, [north, south]),
    );
    expect(await idsSeen({ organization: ann, workspaces: '' })).toEqual([]);
    expect(await idsSeen({ organization: ann })).toEqual([]);
    expect(await idsSeen({ workspaces: '*' })).toEqual([]);
  });

  const refused = (sight: Sight, statement: string) =>
    expect(
      seeing(sight, (_, client) => client.query(statement)),
      `${sight.role}: ${statement}`,
    ).rejects.toMatchObject({ code: '42501' });

  it('let the writer insert, and nothing else', async () => {
    for (const statement of [
      'select from ledger.entries',
      'select from ledger.calls',
      'update ledger.entries set cost_micros = 0',
      'delete from ledger.entries',
      'truncate ledger.entries',
      'update ledger.prices set input_micros_per_million = 0',
      'update ledger.sweeps set settled_until = now()',
      'select from ledger.entries_default',
    ])
      await refused({ role: 'insula_ledger' }, statement);
  });

  it('let a tenant read, and neither write nor sweep nor look into a partition', async () => {
    const tenant = { role: 'insula_pooled', organization: ann, workspaces: '*' };
    for (const statement of [
      'insert into ledger.entries select * from ledger.entries',
      'update ledger.entries set cost_micros = 0',
      'delete from ledger.entries',
      'select from ledger.entries_default',
      "select ledger.sweep_orphans('{}', '1 hour')",
      'select ledger.make_partitions(3)',
    ])
      await refused(tenant, statement);
    for (const call of ["ledger.sweep_orphans('{}', '1 hour')", 'ledger.make_partitions(3)']) {
      await refused({ role: 'insula_platform' }, `select ${call}`);
    }
  });
});

describe('reading', () => {
  const all = { organization: ann, workspaces: '*' };

  it('gives pages, newest first, that join without a gap', async () => {
    const pages = await seeing(all, async (tx) => {
      const first = await listCalls(tx, {}, { limit: 2 });
      const second = await listCalls(tx, {}, { limit: 2, cursor: first.at(-1)! });
      const third = await listCalls(tx, {}, { limit: 2, cursor: second.at(-1)! });
      return [...first, ...second, ...third];
    });
    expect(pages.map((call) => call.id)).toEqual(idsOf(ann).toReversed());
    expect(pages.at(-1)).toMatchObject({ cost_micros: 1_000, workspace_id: north, phase: 1 });
    expect(pages[0]!.cost_micros).toBeNull();
  });

  it('sums a period, with calls of unknown price apart', async () => {
    const totals = await seeing(all, (tx) => sumCalls(tx, period));
    expect(totals).toEqual([
      {
        key: null,
        currency: 'USD',
        calls: 4,
        failed_calls: 1,
        input_tokens: 300,
        cached_input_tokens: 30,
        output_tokens: 60,
        reasoning_tokens: 20,
        cost_micros: 3_000,
        uncertain_calls: 1,
      },
      expect.objectContaining({ currency: null, calls: 1, cost_micros: 0, input_tokens: 100 }),
    ]);
  });

  it('splits sums by day, model and workspace, and narrows them', async () => {
    const by = (split: Parameters<typeof sumCalls>[2], filter = {}) =>
      seeing(all, (tx) => sumCalls(tx, { ...period, ...filter }, split)).then((rows) =>
        rows.map((row) => [row.key, row.calls, row.cost_micros]),
      );
    expect(await by('day')).toEqual([
      ['2026-01-10', 1, 1_000],
      ['2026-01-11', 2, 1_000],
      ['2026-01-12', 1, 1_000],
      ['2026-01-13', 1, 0],
    ]);
    expect(await by('upstream_model', { workspace_id: south })).toEqual([['gpt-4o', 1, 1_000]]);
    expect(await by('workspace_id', { until: start + DAY_MS })).toEqual([[north, 1, 1_000]]);
  });
});

describe('prices', () => {
  const price: Price = {
    version: 3,
    currency: 'USD',
    input_micros_per_million: 150_000,
    cached_input_micros_per_million: 75_000,
    output_micros_per_million: 600_000,
    reasoning_micros_per_million: 600_000,
  };
  const tokens = (input: number, cached = 0, output = 0) => ({
    input_tokens: input,
    cached_input_tokens: cached,
    output_tokens: output,
    reasoning_tokens: 0,
  });

  it('are whole micro-units, rounded up once a call, however large the call', () => {
    expect(priceCall(tokens(1), price)).toEqual({ cost_micros: 1, currency: 'USD', price_version: 3 });
    expect(priceCall(tokens(1_000_000, 1_000_000, 1_000_000), price).cost_micros).toBe(825_000);
    expect(priceCall(tokens(10, 0, 10), price).cost_micros).toBe(8); // 1.5 + 6
    const huge = tokens(2_147_483_647, 0, 2_147_483_647);
    expect(priceCall(huge, { ...price, output_micros_per_million: 600_000_000 }).cost_micros).toBe(
      1_288_812_310_748,
    );
  });

  it('that are not known are not zero', () => {
    expect(priceCall(tokens(5), undefined)).toEqual(unpriced);
    const prices = createPrices(priceList);
    expect(prices.find('openai', 'gpt-unheard-of', start)).toBeUndefined();
    expect(prices.find('openai', '*', start)).toBeUndefined();
    expect(prices.find('ollama', 'llama3.2:1b', start)).toMatchObject({
      input_micros_per_million: 0,
      version: 1,
    });
  });

  it('hold from their day on, and a published version never changes', async () => {
    const owner = ground.cluster.admin;
    await publishPrices(owner, priceList);
    const before = await ledger.listPrices();
    expect(before).toHaveLength(priceList.length);
    const [first] = priceList;
    const dearer = { ...first!, version: 2, valid_from: start, input_micros_per_million: 999 };
    await publishPrices(owner, [dearer, { ...first!, input_micros_per_million: 1 }]);
    const prices = createPrices(await ledger.listPrices());
    expect(prices.find(first!.provider, first!.model, start - 1)).toMatchObject({
      version: 1,
      input_micros_per_million: first!.input_micros_per_million,
    });
    expect(prices.find(first!.provider, first!.model, start)).toMatchObject({
      version: 2,
      input_micros_per_million: 999,
    });
    expect(await ground.rows('select from ledger.prices where input_micros_per_million = 1')).toEqual([]);
  });
});
