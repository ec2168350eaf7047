// A model route: a name of one's own for several targets, chosen by its strategy, with results that can be compared.
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenAiProvider } from '../../../../test/fakes/openai-provider.ts';
import { type Office, type OfficeGround, openOfficeGround } from '../../../../test/open-office.ts';

let grounds: OfficeGround;
let provider: OpenAiProvider;
let office: Office;
const messages = [{ role: 'user' as const, content: 'What is an insula?' }];
const [cheap, dear] = ['gpt-4o-mini', 'gpt-4o'];

beforeAll(async () => {
  grounds = await openOfficeGround();
  provider = await grounds.startProvider();
  office = await grounds.openOffice([{ provider, models: [cheap, dear, 'fake-slow', 'fake-silent'] }]);
});
afterAll(() => grounds?.close());

const path = () => `/v1/workspaces/${office.place.workspaceId}/model-routes`;
const create = (body: object) => office.api('POST', path(), body);
const ask = (model: string, user?: string) =>
  office.client.chat.completions.create({ model, messages, ...(user ? { user } : {}) }).withResponse();
const asked = () => provider.requests.splice(0).map((request) => request.body.model);

describe('a model route', () => {
  test('is created, read, changed, listed and deleted; its name is its own', async () => {
    const made = await create({ name: 'smart', targets: [{ model: dear }] });
    expect(made.status, made.text).toBe(201);
    expect(made.body).toMatchObject({ strategy: 'ordered', attempts_max: 3, is_active: true });
    expect((await create({ name: 'smart', targets: [{ model: cheap }] })).body.code).toBe(
      'model_route_name_taken',
    );
    asked();
    expect((await ask('smart')).data.choices[0]!.message.content).toBe('Salve, this is the insula.');
    expect(asked()).toEqual([dear]);
    const one = `${path()}/${made.body.id}`;
    await office.api('PATCH', one, { targets: [{ model: cheap }] });
    await ask('smart');
    expect(asked()).toEqual([cheap]);
    expect((await office.client.models.list()).data.map((m) => m.id)).toContain('smart');
    expect(((await office.api('GET', path())).body.data as unknown[]).length).toBe(1);
    await office.api('DELETE', one);
    await expect(ask('smart')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    expect((await office.api('GET', one)).status).toBe(404);
  });

  test('of the organization holds in every workspace that has none of that name', async () => {
    const made = await office.api('POST', `/v1/organizations/${office.place.id}/model-routes`, {
      name: 'house',
      targets: [{ model: dear }],
    });
    expect(made.status, made.text).toBe(201);
    asked();
    await ask('house');
    await create({ name: 'house', targets: [{ model: cheap }] });
    await ask('house');
    expect(asked()).toEqual([dear, cheap]);
  });

  test('is refused when its targets make no sense', async () => {
    const twice = await create({ name: 'a', targets: [{ model: cheap }, { model: cheap }] });
    expect(twice.body.code).toBe('model_route_targets_invalid');
    const none = await create({ name: 'a', strategy: 'weighted', targets: [{ model: cheap, weight: 0 }] });
    expect(none.body.code).toBe('model_route_targets_invalid');
    const other = await grounds.openOffice([{ provider, models: [cheap] }]);
    const foreign = await create({
      name: 'a',
      targets: [{ model: cheap, credential_id: other.credentialIds[0] }],
    });
    expect(foreign.body.code).toBe('model_route_targets_invalid');
    expect((await create({ name: 'a', targets: [] })).status).toBe(400);
  });

  test('falls back to its next target, and gives up on one that does not begin in time', async () => {
    await create({
      name: 'safe',
      targets: [{ model: 'fake-silent' }, { model: cheap }],
      first_byte_timeout_ms: 300,
    });
    const { response } = await ask('safe');
    expect(response.headers.get('x-insula-attempt')).toBe('2');
    expect(response.headers.get('x-insula-model')).toBe(cheap);
  });

  test('ends within its time, whatever its targets do', async () => {
    await create({ name: 'hasty', targets: [{ model: 'fake-silent' }], timeout_ms: 400 });
    const startedAt = performance.now();
    await expect(ask('hasty')).rejects.toMatchObject({ status: 504 });
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});

describe('the strategies', () => {
  test('weighted: shares follow the weights, a user stays with a variant, and the results compare them', async () => {
    const made = await create({
      name: 'experiment',
      strategy: 'weighted',
      sticky: 'user',
      targets: [
        { model: cheap, weight: 1, variant: 'A' },
        { model: dear, weight: 3, variant: 'B' },
      ],
    });
    const variantOf = async (user: string) =>
      (await ask('experiment', user)).response.headers.get('x-insula-variant')!;
    const variants = await Promise.all(Array.from({ length: 60 }, (_, i) => variantOf(`user ${i}`)));
    const inB = variants.filter((one) => one === 'B').length;
    expect(inB).toBeGreaterThan(30);
    expect(inB).toBeLessThan(58);
    for (let i = 0; i < 5; i++) expect(await variantOf(`user ${i}`)).toBe(variants[i]);
    const results = await office.api('GET', `${path()}/${made.body.id}/results`);
    const rows = results.body.data as { variant: string; calls: number; cost_micros: number }[];
    expect(rows.map((row) => row.variant)).toEqual(['A', 'B']);
    expect(rows.reduce((sum, row) => sum + row.calls, 0)).toBe(65);
    expect(rows[1]!.cost_micros / rows[1]!.calls).toBeGreaterThan(rows[0]!.cost_micros / rows[0]!.calls);
  });

  test('lowest_cost: the cheapest model first, an unknown price last', async () => {
    await create({
      name: 'frugal',
      strategy: 'lowest_cost',
      targets: [{ model: 'fake-slow' }, { model: dear }, { model: cheap }],
    });
    asked();
    await ask('frugal');
    expect(asked()).toEqual([cheap]);
  });

  test('least_latency: what answers sooner is asked first', async () => {
    await create({
      name: 'quick',
      strategy: 'least_latency',
      targets: [{ model: 'fake-slow' }, { model: cheap }],
    });
    for (let i = 0; i < 3; i++) await ask('quick');
    asked();
    for (let i = 0; i < 12; i++) await ask('quick');
    const fast = asked().filter((one) => one === cheap).length;
    expect(fast).toBeGreaterThan(8);
  });
});
