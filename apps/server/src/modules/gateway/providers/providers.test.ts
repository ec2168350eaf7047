// Every provider through the whole server: its credential saved, tried and changed, and embeddings served through OpenAI's SDK
// whatever protocol the provider speaks.
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { bedrockWire } from '../../../../test/fakes/wires/bedrock-wire.ts';
import { azureWires } from '../../../../test/fakes/wires/chat-wires.ts';
import { cohereWire } from '../../../../test/fakes/wires/cohere-wire.ts';
import { googleWire } from '../../../../test/fakes/wires/google-wire.ts';
import {
  allWires,
  type ScriptedProvider,
  type ScriptedWire,
  startScriptedProvider,
} from '../../../../test/fakes/wires/index.ts';
import { openIdentityGround, type Place } from '../../../../test/open-identity-ground.ts';
import { addressOf } from './describe-fields.ts';
import { findProvider } from './provider-list.ts';

let ground: Awaited<ReturnType<typeof openIdentityGround>>;
let url: string;
const providers: ScriptedProvider[] = [];
const SECRETS = ['api_key', 'access_key_id', 'secret_access_key', 'session_token'];

beforeAll(async () => {
  ground = await openIdentityGround();
  url = `http://127.0.0.1:${(ground.app.http.server.address() as { port: number }).port}`;
});
afterEach(async () => {
  await Promise.all(providers.splice(0).map((provider) => provider.stop()));
});
afterAll(() => ground.close());

async function openPlace(wire: ScriptedWire) {
  const provider = await startScriptedProvider(wire);
  providers.push(provider);
  const place = await ground.newPlace();
  const { access_token: token } = await ground.signIn(await place.join('admin'));
  const path = `/v1/workspaces/${place.workspaceId}/credentials`;
  const whole = {
    name: 'Fake',
    provider: wire.provider,
    base_url: `${provider.origin}${wire.basePath}`,
    ...wire.fields,
  };
  const save = (given: Record<string, unknown> = {}) =>
    ground.api('POST', path, { token, body: { ...whole, ...given } });
  const change = (id: unknown, body: object) => ground.api('PATCH', `${path}/${id}`, { token, body });
  return { provider, place, token, path, save, change, whole };
}

const rowsOf = (place: Place) =>
  place.rows<{ secret: Buffer; settings: object }>(
    'select secret, settings from credentials where organization_id = $1',
    place.id,
  );

describe.each(allWires.map((wire) => [wire.name, wire] as const))('%s', (_name, wire) => {
  const secrets = Object.entries(wire.fields).flatMap(([name, value]) =>
    SECRETS.includes(name) ? [value] : [],
  );

  test('its credential is tried, sealed, and shown without its secrets', async () => {
    const { place, token, path, save } = await openPlace(wire);
    const saved = await save();
    expect(saved.status, saved.text).toBe(201);
    expect(saved.body.tested_at).not.toBeNull();
    for (const name of ['region', 'api_version']) expect(saved.body[name]).toBe(wire.fields[name] ?? null);
    const shown = [
      saved,
      await ground.api('GET', path, { token }),
      await ground.api('POST', `${path}/${saved.body.id}/test`, { token }),
      await ground.api('GET', `/v1/organizations/${place.id}/events`, { token }),
    ];
    const [row] = await rowsOf(place);
    for (const secret of secrets) {
      for (const answer of shown) expect(answer.text).not.toContain(secret);
      expect(row!.secret.includes(Buffer.from(secret))).toBe(false);
      expect(JSON.stringify(row!.settings)).not.toContain(secret);
    }
    expect(shown[2]!.body).toMatchObject({ ok: true, error: null });
  });

  test('a key that the provider refuses is not saved', async () => {
    const { place, save } = await openPlace(wire);
    const wrong = Object.fromEntries(
      SECRETS.filter((name) => name in wire.fields).map((name) => [name, 'wrong-0123456789']),
    );
    const refused = await save(wrong);
    expect([refused.status, refused.body.code]).toEqual([422, 'credential_refused']);
    expect(await rowsOf(place)).toEqual([]);
  });
});

test('the list of providers says what each needs, and exactly that is taken', async () => {
  const { token, save } = await openPlace(googleWire);
  const { body } = await ground.api('GET', '/v1/providers', { token });
  type Listed = {
    id: string;
    fields: { name: string; required: boolean; secret: boolean }[];
    keys_any_of: string[][];
  };
  const list = body.data as Listed[];
  const bedrock = list.find(({ id }) => id === 'bedrock')!;
  expect(bedrock.keys_any_of).toEqual([['api_key'], ['access_key_id', 'secret_access_key']]);
  expect(bedrock.fields.filter(({ required }) => required).map(({ name }) => name)).toEqual(['region']);
  for (const { id, fields, keys_any_of } of list)
    for (const name of keys_any_of.flat())
      expect(
        fields.map((field) => field.name),
        id,
      ).toContain(name);
  const unused = await save({ region: 'us-east-1' });
  expect([unused.status, unused.body.code]).toEqual([400, 'credential_field_unused']);
  expect((await save({ api_key: undefined })).body.code).toBe('api_key_needed');
});

test("half of a pair of Bedrock's keys is refused, and so are two kinds of keys at once", async () => {
  const { save } = await openPlace(bedrockWire);
  for (const given of [
    { secret_access_key: undefined },
    { access_key_id: undefined },
    { api_key: 'another-0123456789' },
  ])
    expect((await save(given)).body.code, JSON.stringify(given)).toBe('api_key_needed');
  expect((await save({ region: undefined })).body.code).toBe('region_needed');
  expect((await save({ region: 'evil.example/' })).status).toBe(400);
});

test("Bedrock's address follows from the region; another region is another origin, and needs the keys again", async () => {
  const { place, save, change } = await openPlace(bedrockWire);
  const { body } = await save();
  // As saved without a base URL; the name of the host is resolved when it is saved, which a test cannot count on.
  const address = addressOf(findProvider('bedrock')!, { region: 'eu-central-1' });
  expect(address).toBe('https://bedrock-runtime.eu-central-1.amazonaws.com');
  await place.rows('update credentials set base_url = $2 where organization_id = $1', place.id, address);
  const moved = await change(body.id, { region: 'us-east-1', test: false });
  expect(moved.body.code).toBe('api_key_needed');
});

test('a change of the API version alone is tried with the key that is saved', async () => {
  const { provider, save, change } = await openPlace(azureWires[1]!);
  const { body } = await save();
  const before = provider.requests.length;
  expect((await change(body.id, { api_version: '2025-01-01' })).body.code).toBe('credential_refused');
  expect(provider.requests.length).toBe(before + 1);
  const changed = await change(body.id, { name: 'Renamed' });
  expect(changed.body).toMatchObject({ name: 'Renamed', api_version: '2024-10-21' });
  expect(provider.requests.length).toBe(before + 1);
});

test("calls of Azure's deployments go to their own path", async () => {
  const { provider, token, save } = await openPlace(azureWires[1]!);
  await save({ models: ['fake'] });
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: token, maxRetries: 0 });
  const answer = await client.chat.completions.create({
    model: 'fake',
    messages: [{ role: 'user', content: 'Hi' }],
  });
  expect(answer.choices[0]!.message.content).toBe('Salve');
  expect(provider.requests.at(-1)!.path).toBe(
    '/openai/deployments/fake/chat/completions?api-version=2024-10-21',
  );
});

const embedding = allWires.filter((wire) => wire.embeddings !== undefined);
const embeddingModels: Record<string, string> = {
  google: 'gemini-embedding-fake',
  bedrock: 'amazon.titan-embed-text-v2:0',
  cohere: 'embed-v4.0',
  mistral: 'mistral-embed',
};

describe.each(embedding.map((wire) => [wire.name, wire] as const))("%s's embeddings", (_name, wire) => {
  const model = embeddingModels[wire.provider]!;
  async function openClient() {
    const opened = await openPlace(wire);
    const saved = await opened.save({ models: [model] });
    expect(saved.status, saved.text).toBe(201);
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: opened.token, maxRetries: 0 });
    const calls = async () =>
      (await ground.api('GET', `/v1/organizations/${opened.place.id}/usage`, { token: opened.token })).body
        .data as Record<string, unknown>[];
    return { ...opened, client, calls };
  }

  test('come in the order of the texts, as numbers and as base64, and are billed as the provider counts', async () => {
    const { client, provider, calls } = await openClient();
    const input = ['a', 'bb', 'ccc'];
    const plain = await client.embeddings.create({ model, input, encoding_format: 'float' });
    expect(plain.data.map((row) => row.embedding)).toEqual(input.map((text) => [text.length, 0.5, -0.25]));
    const packed = await client.embeddings.create({ model, input }); // the SDK asks for base64 by itself
    expect(packed.data.map((row) => row.embedding)).toEqual(plain.data.map((row) => row.embedding));
    const [call] = await calls();
    if (wire.embeddings!.reportsUsage) {
      expect(plain.usage.prompt_tokens).toBe(3);
      expect(call).toMatchObject({
        usage_source: 'provider',
        input_tokens: 3,
        output_tokens: 0,
        status: 200,
      });
    } else expect(call).toMatchObject({ usage_source: 'counted', input_tokens: packed.usage.prompt_tokens });
    expect(provider.requests.some(({ path }) => path.includes('emb') || path.includes('invoke'))).toBe(true);
  });

  test('take dimensions, and more texts than the provider takes at once', async () => {
    const { client, provider, calls } = await openClient();
    const input = Array.from({ length: 103 }, (_, i) => 'x'.repeat(i + 1));
    const { data } = await client.embeddings.create({ model, input, dimensions: 512 });
    expect(data.map((row) => row.embedding[0])).toEqual(input.map((text) => text.length));
    const asked = provider.requests.filter(({ method }) => method === 'POST');
    expect(asked.length).toBeGreaterThan(1);
    for (const { body } of asked) expect(wire.embeddings!.dimensionsIn(body)).toBe(512);
    expect(await calls()).toHaveLength(1);
  });

  test('fail with the words and the status of the provider, and cost nothing', async () => {
    const { client, provider, calls } = await openClient();
    provider.next({ status: 429, message: 'Too many texts.', retryAfter: '9' });
    const failed = client.embeddings.create({ model, input: 'a' });
    await expect(failed).rejects.toMatchObject({
      status: 429,
      message: expect.stringContaining('Too many texts.'),
    });
    await expect(failed).rejects.toSatisfy(
      (error: { headers: Headers }) => error.headers.get('retry-after') === '9',
    );
    expect((await calls())[0]).toMatchObject({ status: 429, input_tokens: 0 });
  });

  test('name what cannot be carried', async () => {
    const { client } = await openClient();
    const tokens = client.embeddings.create({ model, input: [[1, 2, 3]] });
    await expect(tokens).rejects.toMatchObject({ status: 400, message: expect.stringContaining('"input"') });
    const odd = { model, input: 'a', truncation: true } as OpenAI.EmbeddingCreateParams;
    await expect(client.embeddings.create(odd)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('"truncation"'),
    });
  });
});

test("a caller's word that a text is a question reaches a provider that embeds questions otherwise", async () => {
  const { token, provider, save } = await openPlace(cohereWire);
  await save({ models: ['embed-v4.0'] });
  for (const input_type of [undefined, 'search_query'])
    await ground.api('POST', '/v1/embeddings', {
      token,
      body: { model: 'embed-v4.0', input: 'a', input_type },
    });
  const types = provider.requests
    .filter(({ path }) => path === '/v2/embed')
    .map(({ body }) => body.input_type);
  expect(types).toEqual(['search_document', 'search_query']);
});
