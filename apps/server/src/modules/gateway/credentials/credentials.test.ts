import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenAiProvider, startOpenAiProvider } from '../../../../test/fakes/openai-provider.ts';
import { openIdentityGround, type Place } from '../../../../test/open-identity-ground.ts';

let ground: Awaited<ReturnType<typeof openIdentityGround>>;
let provider: OpenAiProvider;
const API_KEY = 'sk-a-secret-of-the-provider-0123456789';

beforeAll(async () => {
  [ground, provider] = await Promise.all([openIdentityGround(), startOpenAiProvider({ apiKey: API_KEY })]);
});
afterAll(async () => {
  await ground.close();
  await provider.stop();
});

async function openPlace() {
  const place = await ground.newPlace();
  const { access_token: token } = await ground.signIn(await place.join('admin'));
  const path = `/v1/workspaces/${place.workspaceId}/credentials`;
  const save = (given: object = {}) =>
    ground.api('POST', path, {
      token,
      body: {
        name: 'Fake',
        provider: 'openai',
        api_key: API_KEY,
        base_url: `${provider.origin}/v1`,
        ...given,
      },
    });
  return { place, token, path, save };
}

const secretsOf = (place: Place) =>
  place.rows<{ id: string; secret: Buffer }>(
    'select id, secret from credentials where organization_id = $1 order by id',
    place.id,
  );

test('a key is write-only: sealed in the database, shown nowhere, not even in the trail', async () => {
  const { place, token, path, save } = await openPlace();
  const saved = await save();
  expect(saved.status, saved.text).toBe(201);
  const answers = [
    saved,
    await ground.api('GET', path, { token }),
    await ground.api('GET', `${path}/${saved.body.id}`, { token }),
    await ground.api('GET', `/v1/organizations/${place.id}/events`, { token }),
  ];
  for (const answer of answers) expect(answer.text).not.toContain(API_KEY);
  const [row] = await secretsOf(place);
  expect(row!.secret.includes(Buffer.from(API_KEY))).toBe(false);
  expect(saved.body.models).toContain('gpt-4o-mini');
});

test('a credential that its provider refuses is not saved, unless that is asked for', async () => {
  const { save, place } = await openPlace();
  const refused = await save({ api_key: 'sk-wrong' });
  expect(refused.status).toBe(422);
  expect(refused.body.code).toBe('credential_refused');
  expect(await secretsOf(place)).toEqual([]);
  expect((await save({ api_key: 'sk-wrong', test: false })).status).toBe(201);
});

test('a key never travels to another origin than the one it was saved with', async () => {
  const { token, path, save } = await openPlace();
  const { body } = await save();
  const elsewhere = await startOpenAiProvider();
  const moved = await ground.api('PATCH', `${path}/${body.id}`, {
    token,
    body: { base_url: `${elsewhere.origin}/v1` },
  });
  expect(moved.body.code).toBe('api_key_needed');
  expect(elsewhere.requests).toEqual([]);
  await elsewhere.stop();
});

test.each([
  'http://169.254.169.254/v1',
  'http://10.0.0.7/v1',
  'http://[::ffff:a9fe:a9fe]/v1',
  'file:///etc/passwd',
  'http://metadata.google.internal/v1',
])('an address like %s is refused', async (base_url) => {
  const { save } = await openPlace();
  const answer = await save({ base_url, test: false });
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
});

test('a sealed key that was moved to another row opens nothing', async () => {
  const { place, token, save } = await openPlace();
  await save({ models: ['first'] });
  await save({ models: ['second'] });
  const [first, second] = await secretsOf(place);
  await place.rows(
    'update credentials set secret = $2 where organization_id = $1 and id = $3',
    place.id,
    first!.secret,
    second!.id,
  );
  const call = (model: string) =>
    ground.api('POST', '/v1/chat/completions', {
      token,
      body: { model, messages: [{ role: 'user', content: 'hi' }] },
    });
  expect((await call('first')).status).toBe(200);
  expect((await call('second')).status).toBe(404);
});

test('a workspace falls back to the credentials of its organization', async () => {
  const { place, token } = await openPlace();
  const body = { name: 'For all', provider: 'openai', api_key: API_KEY, base_url: `${provider.origin}/v1` };
  expect(
    (await ground.api('POST', `/v1/organizations/${place.id}/credentials`, { token, body })).status,
  ).toBe(201);
  const call = await ground.api('POST', '/v1/chat/completions', {
    token,
    body: { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] },
  });
  expect(call.status, call.text).toBe(200);
});

test('changing, testing and deleting work, and a deleted one is gone', async () => {
  const { token, path, save } = await openPlace();
  const { body } = await save();
  const one = `${path}/${body.id}`;
  const changed = await ground.api('PATCH', one, {
    token,
    body: { name: 'Renamed', priority: 5, status: 'disabled' },
  });
  expect(changed.body).toMatchObject({ name: 'Renamed', priority: 5, status: 'disabled' });
  expect((await ground.api('POST', `${one}/test`, { token })).body).toMatchObject({ ok: true });
  expect((await ground.api('DELETE', one, { token })).status).toBe(200);
  expect((await ground.api('GET', one, { token })).body.code).toBe('credential_not_found');
});

test("another organization's credential does not exist", async () => {
  const [ours, theirs] = [await openPlace(), await openPlace()];
  const { body } = await theirs.save();
  const random = '01a202c1-50cc-72cd-95e9-e4ffba9ed8b2';
  for (const [method, tail] of [
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/test'],
  ] as const) {
    const [foreign, none] = await Promise.all(
      [body.id, random].map((id) => ground.api(method, `${ours.path}/${id}${tail}`, { token: ours.token })),
    );
    expect([foreign!.status, foreign!.body.code, foreign!.body.detail]).toEqual([
      none!.status,
      none!.body.code,
      none!.body.detail,
    ]);
    expect(foreign!.status).toBe(404);
  }
});
