import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenAiProvider, startOpenAiProvider } from '../../../../test/fakes/openai-provider.ts';
import { openIdentityGround, type Place, within } from '../../../../test/open-identity-ground.ts';
import { onPostgres, startServer } from '../../../../test/world.ts';

let ground: Awaited<ReturnType<typeof openIdentityGround>>;
let provider: OpenAiProvider;
let url: string;

beforeAll(async () => {
  [ground, provider] = await Promise.all([openIdentityGround(), startOpenAiProvider()]);
  const address = ground.app.http.server.address() as { port: number };
  url = `http://127.0.0.1:${address.port}`;
});
afterAll(async () => {
  await ground.close();
  await provider.stop();
});

type Office = { place: Place; token: string; key: string; keyId: string; client: OpenAI };

/** An organization with a credential for the fake provider, an admin and a key. */
async function openOffice(
  options: { models?: string[]; perMinute?: number; scopes?: string[] } = {},
): Promise<Office> {
  const place = await ground.newPlace();
  const { access_token: token } = await ground.signIn(await place.join('admin'));
  const models = options.models ?? [
    'gpt-4o-mini',
    'text-embedding-3-small',
    'fake-drip',
    'fake-429',
    'fake-500',
  ];
  const credential = {
    name: 'Fake',
    provider: 'openai',
    api_key: provider.apiKey,
    base_url: `${provider.origin}/v1`,
    models,
  };
  const saved = await ground.api('POST', `/v1/workspaces/${place.workspaceId}/credentials`, {
    token,
    body: credential,
  });
  expect(saved.status, saved.text).toBe(201);
  const { key, keyId } = await makeKey(place, token, options);
  return { place, token, key, keyId, client: clientFor(key) };
}

async function makeKey(place: Place, token: string, options: { perMinute?: number; scopes?: string[] }) {
  const body = {
    name: 'Test',
    scopes: options.scopes ?? ['chat', 'embeddings', 'models'],
    rate_limit_per_minute: options.perMinute ?? 10_000,
  };
  const made = await ground.api('POST', `/v1/workspaces/${place.workspaceId}/api-keys`, { token, body });
  expect(made.status, made.text).toBe(201);
  return { key: made.body.key as string, keyId: made.body.id as string };
}

const clientFor = (apiKey: string, at = url) => new OpenAI({ baseURL: `${at}/v1`, apiKey, maxRetries: 0 });
const messages = [{ role: 'user' as const, content: 'What is an insula?' }];
const ask = (client: OpenAI, model = 'gpt-4o-mini') => client.chat.completions.create({ model, messages });

async function streamed(client: OpenAI, model = 'gpt-4o-mini'): Promise<string> {
  let text = '';
  for await (const chunk of await client.chat.completions.create({ model, messages, stream: true }))
    text += chunk.choices[0]?.delta.content ?? '';
  return text;
}

async function usageOf({ place, token }: Office): Promise<Record<string, unknown>[]> {
  return (await ground.api('GET', `/v1/organizations/${place.id}/usage`, { token })).body.data as Record<
    string,
    unknown
  >[];
}

describe("OpenAI's SDK as it is", () => {
  test('completes, streams and embeds, and each call is in the ledger once', async () => {
    const office = await openOffice();
    expect((await ask(office.client)).choices[0]!.message.content).toBe('Salve, this is the insula.');
    expect(await streamed(office.client)).toBe('Salve, this is the insula.');
    const embedded = await office.client.embeddings.create({
      model: 'text-embedding-3-small',
      input: 'insula',
      encoding_format: 'float',
    });
    expect(embedded.data[0]!.embedding.length).toBeGreaterThan(0);
    const rows = await usageOf(office);
    expect(rows.map((row) => [row.surface, row.streamed, row.status, row.usage_source])).toEqual([
      ['embeddings', false, 200, 'provider'],
      ['chat.completions', true, 200, 'provider'],
      ['chat.completions', false, 200, 'provider'],
    ]);
    expect(rows.every((row) => Number(row.cost_micros) > 0)).toBe(true);
  });

  test('continues a prompt as it did before there was a chat', async () => {
    const office = await openOffice();
    const body = { model: 'gpt-4o-mini', prompt: 'Salve' };
    const whole = await office.client.completions.create(body);
    expect(whole.choices[0]!.text).toBe('Salve, this is the insula.');
    let text = '';
    for await (const chunk of await office.client.completions.create({ ...body, stream: true }))
      text += chunk.choices[0]!.text; // the event of the usage, which was not asked for, stays hidden
    expect(text).toBe('Salve, this is the insula.');
    provider.next({ usage: false });
    for await (const chunk of await office.client.completions.create({ ...body, stream: true })) void chunk;
    const rows = await usageOf(office);
    expect(rows.map((row) => [row.surface, row.usage_source, row.output_tokens])).toEqual([
      ['completions', 'counted', 7],
      ['completions', 'provider', 7],
      ['completions', 'provider', 7],
    ]);
  });

  test('lists only what may be used, and knows single models', async () => {
    const office = await openOffice({ models: ['gpt-4o-mini', 'gpt-4o'] });
    const change = { allowed_models: ['gpt-4o'] };
    await ground.api('PATCH', `/v1/organizations/${office.place.id}/configuration`, {
      token: office.token,
      body: change,
    });
    expect((await office.client.models.list()).data.map((m) => m.id)).toEqual(['gpt-4o']);
    expect((await office.client.models.retrieve('gpt-4o')).id).toBe('gpt-4o');
    await expect(office.client.models.retrieve('gpt-4o-mini')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(ask(office.client)).rejects.toBeInstanceOf(OpenAI.PermissionDeniedError);
  });

  test('raises its right exception classes', async () => {
    const office = await openOffice({ perMinute: 6 });
    await expect(ask(clientFor('insula_live_nothing'))).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    await expect(ask(office.client, 'unheard-of')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(
      office.client.chat.completions.create({ model: 7 as never, messages }),
    ).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    await expect(ask(office.client, 'fake-429')).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    await expect(ask(office.client, 'fake-500')).rejects.toBeInstanceOf(OpenAI.InternalServerError);
    const searcher = await makeKey(office.place, office.token, { scopes: ['search'] });
    await expect(ask(clientFor(searcher.key))).rejects.toBeInstanceOf(OpenAI.PermissionDeniedError);
    for (let i = 0; i < 3; i++) await ask(office.client).catch(() => {});
    const refused = await ask(office.client).catch(
      (error: InstanceType<typeof OpenAI.RateLimitError>) => error,
    );
    expect(refused).toBeInstanceOf(OpenAI.RateLimitError);
    expect(
      Number((refused as InstanceType<typeof OpenAI.RateLimitError>).headers.get('retry-after')),
    ).toBeGreaterThan(0);
  });
});

test('the configuration fills in a model and defaults where a call leaves them out', async () => {
  const office = await openOffice();
  const body = {
    default_model: 'gpt-4o-mini',
    apply_model_defaults: true,
    model_defaults: { temperature: 0.25 },
  };
  const changed = await ground.api('PATCH', `/v1/organizations/${office.place.id}/configuration`, {
    token: office.token,
    body,
  });
  expect(changed.status, changed.text).toBe(200);
  const answer = await ground.api('POST', '/v1/chat/completions', {
    token: office.key,
    body: { messages, top_p: 0.5 },
  });
  expect(answer.status, answer.text).toBe(200);
  expect(provider.requests.at(-1)!.body).toMatchObject({
    model: 'gpt-4o-mini',
    temperature: 0.25,
    top_p: 0.5,
    max_tokens: 2048,
  });
});

test('a signed-in person calls models in the workspace named, or in the default one', async () => {
  const office = await openOffice();
  expect((await ask(clientFor(office.token))).choices).toHaveLength(1);
  const foreign = await ground.newPlace();
  const headers = { 'x-workspace-id': foreign.workspaceId };
  const answer = await ground.api('POST', '/v1/chat/completions', {
    token: office.token,
    headers,
    body: { model: 'gpt-4o-mini', messages },
  });
  expect(answer.status).toBe(404);
});

test('a read-only member spends nothing', async () => {
  const office = await openOffice();
  const { access_token } = await ground.signIn(await office.place.join('readonly'));
  await expect(ask(clientFor(access_token))).rejects.toBeInstanceOf(OpenAI.PermissionDeniedError);
});

test("another organization's models are out of reach", async () => {
  const [ours, theirs] = [await openOffice(), await openOffice({ models: ['their-own-model'] })];
  await expect(ask(ours.client, 'their-own-model')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  expect(await usageOf(theirs)).toEqual([]);
});

test('a key revoked in the middle of a stream ends that stream within seconds, told honestly', async () => {
  const office = await openOffice();
  provider.next({ words: Array.from({ length: 2_000 }, () => ' word'), pieceBytes: 200, pauseMs: 20 });
  const stream = await office.client.chat.completions.create({
    model: 'gpt-4o-mini',
    messages,
    stream: true,
  });
  const startedAt = performance.now();
  const reading = (async () => {
    for await (const _chunk of stream) void _chunk;
  })();
  await ground.api('DELETE', `/v1/workspaces/${office.place.workspaceId}/api-keys/${office.keyId}`, {
    token: office.token,
  });
  await expect(reading).rejects.toThrow();
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

test('an organization that is suspended gets no model', async () => {
  const office = await openOffice();
  await ask(office.client);
  await ground.platformRows(
    "update organizations set status = 'suspended' where organization_id = $1",
    office.place.id,
  );
  await ground.platformRows("select pg_notify('insula', $1)", office.place.id);
  await within(
    2_000,
    async () =>
      (await ask(office.client).then(
        () => 200,
        (error: { status: number }) => error.status,
      )) === 403,
  );
});

test.runIf(onPostgres)('a key revoked at one replica is dead at the other within a second', async () => {
  const office = await openOffice();
  const other = await startServer(ground.ground);
  try {
    const there = clientFor(office.key, other.url);
    await ask(there);
    await ground.api('DELETE', `/v1/workspaces/${office.place.workspaceId}/api-keys/${office.keyId}`, {
      token: office.token,
    });
    await within(
      1_000,
      async () =>
        (await ask(there).then(
          () => 200,
          (error: { status: number }) => error.status,
        )) === 401,
    );
  } finally {
    await other.close();
  }
});
