// Published prices in the whole server: who sees which, which one a call is billed by, and how soon it is known everywhere.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenAiProvider, startOpenAiProvider } from '../../../../test/fakes/openai-provider.ts';
import { within } from '../../../../test/open-identity-ground.ts';
import { type Office, openPricingGround, type PricingGround } from '../../../../test/open-pricing-ground.ts';
import { onPostgres, startServer } from '../../../../test/world.ts';

let ground: PricingGround;
let provider: OpenAiProvider;
let ann: Office;
let bob: Office;
beforeAll(async () => {
  [ground, provider] = await Promise.all([openPricingGround(), startOpenAiProvider()]);
  [ann, bob] = [await ground.newOffice(), await ground.newOffice()];
});
afterAll(async () => {
  await ground.close();
  await provider.stop();
});

const price = (model: string, input: string, more: Record<string, unknown> = {}) => ({
  provider: 'openai',
  model,
  input,
  output: '10',
  valid_from: '2026-01-01T00:00:00Z',
  ...more,
});
const find = (model: string, office?: Office, at = Date.now()) =>
  ground.app.gateway.prices.find('openai', model, at, office?.id);
const holding = async ({ id, token }: Office, query: string) => {
  const answer = await ground.api('GET', `/v1/organizations/${id}/prices?${query}`, { token });
  expect(answer.status, answer.text).toBe(200);
  return answer.body.data as Record<string, unknown>[];
};
const known = (version: number | null, model: string, office?: Office) =>
  within(5_000, async () => find(model, office)?.version === version);

describe('a publication', () => {
  it('is tried first, then done once, and known without being asked for', async () => {
    const prices = [
      price('pub-1', '2.5'),
      price('pub-2', '0.15', { cached_input: '0.075', reasoning: '12' }),
    ];
    const tried = await ground.publish(prices, { dry_run: true });
    expect(tried).toMatchObject({ version: null, dry_run: true, new: 2, changed: 0, unchanged: 0 });
    expect(find('pub-1')).toBeUndefined();
    const done = await ground.publish(prices);
    expect(done.version).toBeGreaterThanOrEqual(1_000);
    expect(await known(done.version, 'pub-2')).toBeLessThan(5_000);
    expect(find('pub-2')).toMatchObject({
      cached_input_micros_per_million: 75_000,
      reasoning_micros_per_million: 12_000_000,
    });
    expect(await ground.publish(prices)).toMatchObject({ version: null, new: 0, unchanged: 2 });
    const changed = await ground.publish([price('pub-1', '3')]);
    expect(changed).toMatchObject({
      changed: 1,
      changes: [{ before: { input: '2.5' }, after: { input: '3' } }],
    });
    const events = await ground.api('GET', '/v1/platform/events?type=prices.published', {
      token: ground.operator,
    });
    const told = events.body.data as { details: { new: number } }[];
    expect(told.map(({ details }) => details.new).slice(0, 2)).toEqual([0, 2]);
  });

  it('is all or nothing', async () => {
    const body = { prices: [price('half-1', '1'), { provider: 'openai', model: 'half-2', input: '1' }] };
    const answer = await ground.api('POST', '/v1/platform/prices', { token: ground.operator, body });
    expect(answer).toMatchObject({ status: 400, body: { code: 'price_incomplete' } });
    expect((await holding(ann, 'model=half-1')).length).toBe(0);
  });

  it('holds from its day on, before and after today, and ends where it is withdrawn', async () => {
    const day = (text: string) => Date.parse(`${text}T00:00:00Z`);
    const { version } = await ground.publish([
      price('days', '1', { valid_from: '2025-03-01T00:00:00Z' }),
      price('days', '2', { valid_from: '2025-06-01T00:00:00Z' }),
      price('days', '3', { valid_from: '2999-01-01T00:00:00Z' }),
    ]);
    await known(version, 'days');
    const inputs = ['2025-02-28', '2025-03-01', '2025-05-31', '2025-06-01', '2998-12-31', '2999-01-01'].map(
      (text) => find('days', undefined, day(text))?.input_micros_per_million,
    );
    expect(inputs).toEqual([undefined, 1_000_000, 1_000_000, 2_000_000, 2_000_000, 3_000_000]);
    await ground.publish([
      { provider: 'openai', model: 'days', withdrawn: true, valid_from: '2025-07-01T00:00:00Z' },
    ]);
    await within(5_000, async () => find('days') === undefined);
    expect(find('days', undefined, day('2025-06-30'))?.input_micros_per_million).toBe(2_000_000);
    expect(await holding(ann, 'model=days')).toEqual([]);
    expect(await holding(ann, 'model=days&at=2025-06-15T00:00:00Z')).toMatchObject([{ input: '2' }]);
  });

  it('is paged by version, provider and model', async () => {
    const { version } = await ground.publish(['c', 'a', 'b'].map((name) => price(`page-${name}`, '1')));
    const page = async (cursor?: unknown) =>
      (
        await ground.api(
          'GET',
          `/v1/platform/prices?version=${version}&limit=2${cursor ? `&cursor=${cursor}` : ''}`,
          {
            token: ground.operator,
          },
        )
      ).body as { data: { model: string }[]; next_cursor: string | null };
    const first = await page();
    const second = await page(first.next_cursor);
    expect([...first.data, ...second.data].map(({ model }) => model)).toEqual(['page-a', 'page-b', 'page-c']);
    expect(second.next_cursor).toBeNull();
    for (const [fields, status] of [
      [[250_000_000_000_000, '', '', -62_000_000_000_000], 200],
      [[1e17, '', '', 0], 400],
      [['1', 'a', 'b', 0], 400],
      [{ length: 4 }, 400],
    ] as const) {
      const cursor = Buffer.from(JSON.stringify(fields)).toString('base64url');
      const answer = await ground.api('GET', `/v1/platform/prices?cursor=${cursor}`, {
        token: ground.operator,
      });
      expect(answer.status, answer.text).toBe(status);
    }
  });
});

describe('an override', () => {
  it('is seen and billed in its organization only, goes before the public price, and gives way when withdrawn', async () => {
    await ground.publish([price('own', '5')]);
    const { version } = await ground.publish([price('own', '4')], { organization: ann.id });
    await known(version, 'own', ann);
    expect(find('own', bob)).toMatchObject({ input_micros_per_million: 5_000_000 });
    expect(find('own')).toMatchObject({ input_micros_per_million: 5_000_000 });
    expect(await holding(ann, 'model=own')).toMatchObject([{ input: '4', organization_id: ann.id }]);
    expect(await holding(bob, 'model=own')).toMatchObject([{ input: '5', organization_id: null }]);
    for (const office of [ann, bob]) {
      const seen = await office.rows<{ organization_id: string | null }>(
        "select organization_id from ledger.prices where model = 'own'",
      );
      expect(seen.map((row) => row.organization_id).filter(Boolean)).toEqual(office === ann ? [ann.id] : []);
      await expect(
        office.rows("insert into ledger.prices select * from ledger.prices where model = 'own'"),
      ).rejects.toThrow();
    }
    const gone = { provider: 'openai', model: 'own', withdrawn: true, valid_from: '2026-01-01T00:00:00Z' };
    await ground.publish([gone], { organization: ann.id });
    await within(5_000, async () => find('own', ann)?.input_micros_per_million === 5_000_000);
    expect(await holding(ann, 'model=own')).toMatchObject([{ input: '5', organization_id: null }]);
  });

  it('of a whole provider goes behind a price of the model itself', async () => {
    await ground.publish([price('exact', '5', { provider: 'groq' })]);
    const { version } = await ground.publish([price('*', '1', { provider: 'groq' })], {
      organization: bob.id,
    });
    const groq = (model: string) => ground.app.gateway.prices.find('groq', model, Date.now(), bob.id);
    await within(5_000, async () => groq('whatever')?.version === version);
    expect(groq('exact')?.input_micros_per_million).toBe(5_000_000);
  });

  it('of an organization that is not there is refused', async () => {
    const path = `/v1/platform/organizations/${'0'.repeat(8)}-0000-7000-8000-${'0'.repeat(12)}/prices`;
    const answer = await ground.api('POST', path, {
      token: ground.operator,
      body: { prices: [price('x', '1')] },
    });
    expect(answer).toMatchObject({ status: 404, body: { code: 'organization_not_found' } });
  });

  it('goes with its organization', async () => {
    const gone = await ground.newOffice();
    await ground.publish([price('erased', '1')], { organization: gone.id });
    await ground.api('DELETE', `/v1/organizations/${gone.id}`, {
      token: ground.operator,
      body: { confirm: gone.slug },
    });
    const left = await ground.platformRows('select from ledger.prices where organization_id = $1', gone.id);
    expect(left).toEqual([]);
  });
});

describe('a call', () => {
  it('is billed by the price that held for its organization when it began, which the ledger names', async () => {
    const model = 'gpt-4o-mini';
    for (const office of [ann, bob]) await connect(office, model);
    const { version } = await ground.publish([price(model, '100', { output: '0' })], {
      organization: ann.id,
    });
    await known(version, model, ann);
    const [ofAnn, ofBob] = [await ask(ann, model), await ask(bob, model)];
    expect(ofAnn).toMatchObject({
      price_version: version,
      cost_micros: (ofAnn.input_tokens as number) * 100,
    });
    expect(ofBob).toMatchObject({ price_version: 1 });
  });
});

describe.skipIf(!onPostgres)('another server', () => {
  it('uses a new version within seconds, without being called', async () => {
    const other = await startServer(ground.ground);
    try {
      const { version } = await ground.publish([price('elsewhere', '7')], { organization: ann.id });
      const there = () => other.app.gateway.prices.find('openai', 'elsewhere', Date.now(), ann.id);
      expect(await within(5_000, async () => there()?.version === version)).toBeLessThan(3_000);
    } finally {
      await other.close();
    }
  });
});

async function connect(office: Office, model: string): Promise<void> {
  const body = {
    name: 'Fake',
    provider: 'openai',
    api_key: provider.apiKey,
    base_url: `${provider.origin}/v1`,
    models: [model],
  };
  const path = `/v1/workspaces/${office.workspaceId}/credentials`;
  expect((await ground.api('POST', path, { token: office.token, body })).status).toBe(201);
}

async function ask(office: Office, model: string): Promise<Record<string, unknown>> {
  const made = await ground.api('POST', `/v1/workspaces/${office.workspaceId}/api-keys`, {
    token: office.token,
    body: { name: 'k', scopes: ['chat'] },
  });
  const answer = await ground.api('POST', '/v1/chat/completions', {
    token: made.body.key as string,
    body: { model, messages: [{ role: 'user', content: 'Hello' }] },
  });
  expect(answer.status, answer.text).toBe(200);
  return (await ground.usageOf(office))[0]!;
}
