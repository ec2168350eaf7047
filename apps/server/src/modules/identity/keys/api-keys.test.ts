// API keys: shown once, confined to their workspace, revoked at once, rotated with an overlap.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type IdentityGround,
  openIdentityGround,
  type Place,
  within,
} from '../../../../test/open-identity-ground.ts';
import { unpackId } from '../../../platform/ids.ts';

let ground: IdentityGround;
let place: Place;
let token: string;
beforeAll(async () => {
  ground = await openIdentityGround();
  place = await ground.newPlace();
  token = (await ground.signIn(await place.join('admin'))).access_token;
});
afterAll(() => ground?.close());

type Key = { id: string; key: string; key_prefix: string; is_active: boolean; [field: string]: unknown };
const path = (id = '') => `/v1/workspaces/${place.workspaceId}/api-keys${id}`;
const make = async (body: object = {}, by = token) =>
  ground.api('POST', path(), { token: by, body: { name: 'A key', ...body } });
const newKey = async (body: object = {}) => (await make(body)).body as Key;
const me = (key: string) => ground.api('GET', '/v1/auth/me', { token: key });
const live = async () => (await ground.signIn(await place.join('admin'))).access_token;

/** Within a second: what ends a credential is told to every server, this one too. */
const expectOver = (token: string) => within(1_000, async () => (await me(token)).status === 401);

describe('an API key', () => {
  it('is shown once, in the format of the product, with the fields of the source', async () => {
    const made = await make({ scopes: ['chat'], rate_limit_per_minute: 7, mode: 'test' });
    expect(made.status).toBe(201);
    const { key, ...shown } = made.body as Key;
    expect(key).toMatch(/^insula_test_[0-9A-Za-z]{62}$/);
    expect(unpackId(key.slice(12, 34))).toBe(place.id);
    expect(key.startsWith(shown.key_prefix)).toBe(true);
    expect(shown).toMatchObject({
      name: 'A key',
      workspace_id: place.workspaceId,
      mode: 'test',
      scopes: ['chat'],
      rate_limit_per_minute: 7,
      expires_at: null,
      last_used_at: null,
      revoked_at: null,
      is_active: true,
    });
    expect((await newKey()).scopes).toEqual(['chat', 'search']);
    const again = await ground.api('GET', path(`/${shown.id}`), { token });
    expect(again.body).toEqual(shown);
    const listed = await ground.api('GET', path(), { token });
    const rows = await place.rows('select * from api_keys where id = $1', shown.id);
    const trail = await place.rows('select * from events where subject_id = $1', shown.id);
    for (const kept of [listed.text, JSON.stringify(rows), JSON.stringify(trail)])
      expect(kept).not.toContain(key.slice(42));
  });

  it('opens its own workspace with its own scopes, and nothing else', async () => {
    const { key, id } = await newKey({ scopes: ['chat', 'workspaces:read'] });
    expect((await me(key)).body).toMatchObject({
      kind: 'api_key',
      id,
      organization: { id: place.id },
      workspaces: [place.workspaceId],
      user: null,
    });
    expect((await ground.api('GET', `/v1/workspaces/${place.workspaceId}`, { token: key })).status).toBe(200);
    const second = await ground.api('POST', `/v1/organizations/${place.id}/workspaces`, {
      token,
      body: { name: 'Second' },
    });
    const foreign = [second.body.id as string, (await ground.newPlace()).workspaceId, randomUUID()];
    const answers = await Promise.all(
      foreign.map((workspace) => ground.api('GET', `/v1/workspaces/${workspace}`, { token: key })),
    );
    for (const answer of answers)
      expect({ ...answer.body, requestId: 0 }).toEqual({ ...answers[0]!.body, requestId: 0 });
    expect(answers[0]!.status).toBe(404);
    expect((await make({}, key)).status).toBe(403);
    for (const [method, where] of [
      ['POST', '/v1/auth/logout'],
      ['GET', '/v1/sessions'],
      ['GET', '/v1/auth/organizations'],
    ] as const)
      expect((await ground.api(method, where, { token: key })).body.code).toBe('person_needed');
  });

  it('is a 404 in another workspace and in another organization, like one that never was', async () => {
    const { id } = await newKey();
    const stranger = await ground.newPlace();
    const theirs = (await ground.signIn(await stranger.join('admin'))).access_token;
    const second = await ground.api('POST', `/v1/organizations/${place.id}/workspaces`, {
      token,
      body: { name: 'Third' },
    });
    const [own, other] = [second.body.id as string, stranger.workspaceId];
    for (const [method, suffix] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/rotate'],
    ] as const) {
      const ask = (by: string, workspace: string, key: string) =>
        ground.api(method, `/v1/workspaces/${workspace}/api-keys/${key}${suffix}`, { token: by });
      const answers = [
        await ask(token, own, id),
        await ask(theirs, other, id),
        await ask(theirs, other, randomUUID()),
      ];
      for (const answer of answers) expect([answer.status, answer.body.code]).toEqual([404, 'key_not_found']);
      const inside = await ask(theirs, place.workspaceId, id);
      const random = await ask(theirs, randomUUID(), id);
      expect({ ...inside.body, requestId: 0 }).toEqual({ ...random.body, requestId: 0 });
    }
    for (const workspace of [place.workspaceId, randomUUID()]) {
      const list = await ground.api('GET', `/v1/workspaces/${workspace}/api-keys`, { token: theirs });
      expect([list.status, list.body.code]).toEqual([404, 'workspace_not_found']);
    }
    expect((await ground.api('GET', path(`/${id}`), { token })).body.is_active).toBe(true);
  });

  it('stops working at once when it is revoked, and stays in the list', async () => {
    const { key, id } = await newKey();
    expect((await me(key)).status).toBe(200);
    const revoked = await ground.api('DELETE', path(`/${id}`), { token });
    expect(revoked.body).toMatchObject({ id, is_active: false });
    await expectOver(key);
    expect((await ground.api('DELETE', path(`/${id}`), { token })).body.code).toBe('key_inactive');
    expect((await ground.api('POST', path(`/${id}/rotate`), { token, body: {} })).body.code).toBe(
      'key_inactive',
    );
    expect(
      await place.rows("select 1 from events where type = 'api_key.revoked' and subject_id = $1", id),
    ).toHaveLength(1);
  });

  it('is rotated: the old one stops at once, or after the overlap, and the new one has the same rights', async () => {
    for (const overlap_seconds of [0, 600]) {
      const old = await newKey({
        scopes: ['search'],
        rate_limit_per_minute: 90,
        name: `Old ${overlap_seconds}`,
      });
      expect((await me(old.key)).status).toBe(200);
      const rotated = await ground.api('POST', path(`/${old.id}/rotate`), {
        token,
        body: { overlap_seconds },
      });
      expect(rotated.status).toBe(201);
      const next = rotated.body as Key;
      expect(next).toMatchObject({
        name: old.name,
        scopes: ['search'],
        rate_limit_per_minute: 90,
        is_active: true,
      });
      expect(next.id).not.toBe(old.id);
      expect((await me(next.key)).status).toBe(200);
      if (overlap_seconds === 0) await expectOver(old.key);
      else expect((await me(old.key)).status).toBe(200);
    }
    const old = await newKey();
    await ground.api('POST', path(`/${old.id}/rotate`), { token, body: { overlap_seconds: 60 } });
    ground.clock.advance(59_000);
    expect((await me(old.key)).status).toBe(200);
    ground.clock.advance(2_000);
    await expectOver(old.key);
    const body = { overlap_seconds: 604_801 };
    expect((await ground.api('POST', path(`/${old.id}/rotate`), { token, body })).status).toBe(400);
  });

  it('expires, and cannot be made with an expiry in the past', async () => {
    const expires_at = new Date(ground.clock.now() + 30_000).toISOString();
    const { key } = await newKey({ expires_at });
    expect((await me(key)).status).toBe(200);
    ground.clock.advance(31_000);
    await expectOver(key);
    expect((await make({ expires_at })).body.code).toBe('expiry_past');
  });

  it('is held to its own limit of requests a minute, or to the default', async () => {
    const { key, rate_limit_per_minute } = await newKey({ rate_limit_per_minute: 3 });
    expect(rate_limit_per_minute).toBe(3);
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push((await me(key)).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    const refused = await me(key);
    expect(refused.body.code).toBe('rate_limited');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await newKey()).rate_limit_per_minute).toBe(60);
  });

  it('notes when it was used, at most once a minute, without telling the caches', async () => {
    const { key, id } = await newKey();
    const epoch = () => ground.app.db.invalidation.epochOf(place.id);
    await me(key);
    const before = epoch();
    const flushed = async () => {
      await ground.app.identity.uses.flush();
      const [row] = await place.rows<{ last_used_at: Date }>(
        'select last_used_at from api_keys where id = $1',
        id,
      );
      return row?.last_used_at?.getTime();
    };
    const first = await flushed();
    expect(Math.abs(first! - ground.clock.now())).toBeLessThan(5_000);
    ground.clock.advance(30_000);
    await me(key);
    expect(await flushed()).toBe(first);
    ground.clock.advance(31_000);
    await me(key);
    expect(await flushed()).toBeGreaterThan(first!);
    expect(epoch()).toBe(before);
  });

  it('takes nothing but what its fields are, and no field that is not its own', async () => {
    const by = await live();
    const wrong = [null, '', [], {}, -1, 'x'.repeat(300)];
    for (const field of ['scopes', 'rate_limit_per_minute', 'mode', 'name']) {
      for (const value of wrong) {
        const answer = await make({ [field]: value }, by);
        expect([field, value, answer.status]).toEqual([field, value, 400]);
      }
    }
    for (const field of ['organization_id', 'created_by', 'key_hash', 'permissions', 'id'])
      expect((await make({ [field]: randomUUID() }, by)).status).toBe(400);
    expect((await make({ scopes: ['platform:operate'] }, by)).status).toBe(400);
    expect((await make({ scopes: ['chat', 'chat'] }, by)).status).toBe(400);
  });
});
