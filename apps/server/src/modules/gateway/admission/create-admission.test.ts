// Limits and budgets as callers meet them: OpenAI's SDK on a real server.
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenAiProvider, startOpenAiProvider } from '../../../../test/fakes/openai-provider.ts';
import { openIdentityGround, type Place, within } from '../../../../test/open-identity-ground.ts';
import { onPostgres, startServer } from '../../../../test/world.ts';

let ground: Awaited<ReturnType<typeof openIdentityGround>>;
let provider: OpenAiProvider;

beforeAll(async () => {
  [ground, provider] = await Promise.all([openIdentityGround(), startOpenAiProvider()]);
});
afterAll(async () => {
  await ground.close();
  await provider.stop();
});

type Office = { place: Place; token: string; key: string; keyId: string; client: OpenAI };
const urlOf = (place: Place) => `/v1/organizations/${place.id}`;

async function openOffice(key: Record<string, unknown> = {}): Promise<Office> {
  const place = await ground.newPlace();
  const { access_token: token } = await ground.signIn(await place.join('admin'));
  const workspace = `/v1/workspaces/${place.workspaceId}`;
  const credential = {
    name: 'Fake',
    provider: 'openai',
    api_key: provider.apiKey,
    base_url: `${provider.origin}/v1`,
    models: ['gpt-4o-mini', 'nobody-knows', 'fake-slow', 'fake-500'],
  };
  await ground.api('POST', `${workspace}/credentials`, { token, body: credential });
  const body = { name: 'Test', scopes: ['chat'], rate_limit_per_minute: 1_000, ...key };
  const made = await ground.api('POST', `${workspace}/api-keys`, { token, body });
  expect(made.status, made.text).toBe(201);
  const apiKey = made.body.key as string;
  return { place, token, key: apiKey, keyId: made.body.id as string, client: clientFor(apiKey) };
}

const clientFor = (apiKey: string) => new OpenAI({ baseURL: `${ground.url}/v1`, apiKey, maxRetries: 0 });
const messages = [{ role: 'user' as const, content: 'What is an insula?' }];
const ask = (client: OpenAI, more: { model?: string; max_tokens?: number } = {}) =>
  client.chat.completions.create({ model: 'gpt-4o-mini', messages, ...more });
const errorOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error as InstanceType<typeof OpenAI.APIError>,
  );
async function setBudget({ place, token }: Office, body: Record<string, unknown>) {
  const made = await ground.api('POST', `${urlOf(place)}/budgets`, {
    token,
    body: { name: 'Team', scope: 'organization', period: 'month', ...body },
  });
  expect(made.status, made.text).toBe(201);
  return made.body as { id: string };
}
const budgetOf = async ({ place, token }: Office, id: string) =>
  (await ground.api('GET', `${urlOf(place)}/budgets/${id}`, { token })).body;

test('every answer says what is left, in the words of the draft and of OpenAI', async () => {
  const office = await openOffice({ rate_limit_per_minute: 9, rate_limits: { tokens_per_day: 100_000 } });
  const { response } = await ask(office.client, { max_tokens: 50 }).withResponse();
  expect(response.headers.get('ratelimit-policy')).toBe(
    '"api-key-requests-minute";q=9;w=60, "api-key-tokens-day";q=100000;qu="tokens";w=86400',
  );
  expect(response.headers.get('ratelimit')).toMatch(
    /^"api-key-requests-minute";r=8;t=\d+, "api-key-tokens-day";r=999\d\d;t=\d+$/,
  );
  expect(response.headers.get('x-ratelimit-limit-requests')).toBe('9');
  expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('8');
  expect(response.headers.get('x-ratelimit-reset-requests')).toMatch(/^(\dm)?\d+s$/);
  expect(response.headers.get('x-ratelimit-limit-tokens')).toBe('100000');
});

test('a call too many is a RateLimitError that says whose limit it was and when it opens', async () => {
  const office = await openOffice();
  const limited = { rate_limits: { requests_per_hour: 1 } };
  const changed = await ground.api('PATCH', `/v1/workspaces/${office.place.workspaceId}`, {
    token: office.token,
    body: limited,
  });
  expect(changed.body).toMatchObject(limited);
  await ask(office.client);
  const error = await errorOf(ask(office.client));
  expect(error).toBeInstanceOf(OpenAI.RateLimitError);
  expect(error?.code).toBe('rate_limit_exceeded');
  expect(error?.message).toMatch(/This workspace is limited to 1 requests a hour, .* in \d+ seconds/);
  expect(Number(error?.headers?.get('retry-after'))).toBeGreaterThan(0);
  expect(error?.headers?.get('x-ratelimit-remaining-requests')).toBe('0');
});

test('tokens are taken at the estimate and given back when the call used less', async () => {
  const office = await openOffice({ rate_limits: { tokens_per_day: 1_000 } });
  const left = async () => {
    const { response } = await ask(office.client, { max_tokens: 600 }).withResponse();
    return Number(response.headers.get('x-ratelimit-remaining-tokens'));
  };
  expect(await left()).toBeLessThan(400);
  expect(await left()).toBeGreaterThan(300); // 600 would not have fitted twice
  const error = await errorOf(ask(office.client, { max_tokens: 5_000 }));
  expect(error?.message).toMatch(/may use 5\d\d\d tokens, and this API key is limited to 1000 a day/);
  expect(error?.headers?.get('x-should-retry')).toBe('false');
});

test('a failed call gives its tokens and its place back', async () => {
  const office = await openOffice({ rate_limits: { tokens_per_day: 1_000, concurrent_requests: 1 } });
  for (let at = 0; at < 3; at++) {
    const error = await errorOf(ask(office.client, { model: 'fake-500', max_tokens: 600 }));
    expect(error?.status).toBe(500);
  }
});

test('calls at once are capped, and one that ends makes room', async () => {
  const office = await openOffice({ rate_limits: { concurrent_requests: 2 } });
  const slow = () => errorOf(ask(office.client, { model: 'fake-slow' }));
  const told = await Promise.all([slow(), slow(), slow()]);
  const refused = told.filter((error) => error !== undefined);
  expect(refused).toHaveLength(1);
  expect(refused[0]?.message).toMatch(/This API key may have 2 calls under way at once/);
  expect(refused[0]?.status).toBe(429);
  expect(await slow()).toBeUndefined();
});

test.skipIf(process.env.TEST_REDIS_URL)('a month that began before the server counts', async () => {
  const office = await openOffice();
  await ask(office.client);
  await ask(office.client);
  const configuration = { rate_limits: { requests_per_month: 3, tokens_per_month: 1_000_000 } };
  await ground.api('PATCH', `${urlOf(office.place)}/configuration`, {
    token: office.token,
    body: configuration,
  });
  const { response } = await ask(office.client).withResponse();
  expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('0');
  expect(Number(response.headers.get('x-ratelimit-remaining-tokens'))).toBeLessThan(999_500);
  expect((await errorOf(ask(office.client)))?.message).toMatch(
    /This organization is limited to 3 requests a month/,
  );
});

test.runIf(onPostgres)(
  'servers know how many they are, for their shares when they cannot count together',
  async () => {
    const other = await startServer(ground.ground);
    try {
      await within(
        8_000,
        async () => ground.app.replica.countLive() >= 2 && other.app.replica.countLive() >= 2,
      );
    } finally {
      await other.close();
    }
    await within(8_000, async () => ground.app.replica.countLive() === 1);
  },
  30_000,
);

test('a budget that is used up refuses as OpenAI refuses a quota, and its resource says why', async () => {
  const office = await openOffice();
  const { id } = await setBudget(office, { amount_micros: 20 });
  await ask(office.client, { max_tokens: 7 });
  const error = await errorOf(ask(office.client, { max_tokens: 10_000 }));
  expect(error).toBeInstanceOf(OpenAI.RateLimitError);
  expect(error).toMatchObject({ code: 'budget_exceeded', type: 'insufficient_quota' });
  expect(error?.message).toMatch(/The budget "Team" of this organization has no room for this call/);
  expect(error?.headers?.get('x-should-retry')).toBe('false');
  const budget = await budgetOf(office, id);
  expect(budget).toMatchObject({ reserved_micros: 0, amount_micros: 20, thresholds: [80, 100] });
  expect(budget.spent_micros).toBeGreaterThan(0);
  expect(Number(budget.remaining_micros)).toBe(20 - Number(budget.spent_micros));
  expect(Date.parse(String(budget.resets_at))).toBeGreaterThan(Date.now());
});

test('a budget made in the middle of its period knows what was spent before', async () => {
  const office = await openOffice();
  await ask(office.client);
  const { id } = await setBudget(office, { amount_micros: 1_000_000 });
  const before = Number((await budgetOf(office, id)).spent_micros);
  expect(before).toBeGreaterThan(0);
  await ask(office.client);
  expect((await budgetOf(office, id)).spent_micros).toBe(2 * before);
});

test('an unknown price is refused by a budget, unless the budget allows it', async () => {
  const office = await openOffice();
  const { id } = await setBudget(office, { amount_micros: 1_000_000 });
  const error = await errorOf(ask(office.client, { model: 'nobody-knows' }));
  expect(error).toMatchObject({ status: 403, code: 'budget_price_unknown' });
  const changed = await ground.api('PATCH', `${urlOf(office.place)}/budgets/${id}`, {
    token: office.token,
    body: { unknown_price: 'allow' },
  });
  expect(changed.status, changed.text).toBe(200);
  expect(await errorOf(ask(office.client, { model: 'nobody-knows' }))).toBeUndefined();
});

test('a rotated key stays in its budget, with the old one', async () => {
  const office = await openOffice();
  await setBudget(office, { scope: 'api_key', api_key_id: office.keyId, amount_micros: 0 });
  const rotated = await ground.api(
    'POST',
    `/v1/workspaces/${office.place.workspaceId}/api-keys/${office.keyId}/rotate`,
    { token: office.token, body: { overlap_seconds: 600 } },
  );
  for (const key of [office.key, String(rotated.body.key)])
    expect(await errorOf(ask(clientFor(key)))).toMatchObject({ code: 'budget_exceeded' });
});

test('thresholds are announced once a period', async () => {
  const office = await openOffice();
  const { id } = await setBudget(office, { amount_micros: 30, thresholds: [10, 20, 100] });
  await ask(office.client, { max_tokens: 7 });
  await ask(office.client, { max_tokens: 7 });
  await within(12_000, async () => (await office.place.events('budget.reached')).length >= 2);
  const events = await office.place.events('budget.reached');
  expect(events.map(({ subject_id, details }) => [subject_id, details.percent])).toEqual([
    [id, 10],
    [id, 20],
  ]);
}, 30_000);

test("another organization's budget does not exist, and a workspace's is out of another's sight", async () => {
  const [one, other] = [await openOffice(), await openOffice()];
  const { id } = await setBudget(one, { amount_micros: 5 });
  const stolen = await ground.api('GET', `${urlOf(other.place)}/budgets/${id}`, { token: other.token });
  expect(stolen).toMatchObject({ status: 404, body: { code: 'budget_not_found' } });
  const foreign = { name: 'x', scope: 'api_key', period: 'day', amount_micros: 1, api_key_id: one.keyId };
  const made = await ground.api('POST', `${urlOf(other.place)}/budgets`, {
    token: other.token,
    body: foreign,
  });
  expect(made).toMatchObject({ status: 404, body: { code: 'budget_key_not_found' } });
});
