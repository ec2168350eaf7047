// The matrix of credentials and events: what must lose its rights does, within a second, on every server.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Api,
  apiAt,
  type IdentityGround,
  openIdentityGround,
  PASSWORD,
  type Person,
  type Place,
  type Tokens,
  within,
} from '../../../../test/open-identity-ground.ts';
import { onPostgres, type Server, startServer } from '../../../../test/world.ts';
import { createPlatformAdmin } from '../index.ts';

let ground: IdentityGround;
let second: Server | undefined;
/** Another server where there can be one; the embedded database takes one only. */
let elsewhere: Api;
let operator: string;

beforeAll(async () => {
  ground = await openIdentityGround();
  second = onPostgres ? await startServer(ground.ground, { clock: ground.clock }) : undefined;
  elsewhere = second ? apiAt(second.url) : ground.api;
  const { identity } = ground.app;
  await createPlatformAdmin(identity, { email: 'operator@example.com', password: PASSWORD });
  operator = (await ground.signIn({ email: 'operator@example.com', password: PASSWORD })).access_token;
});
afterAll(async () => {
  await second?.close();
  await ground?.close();
});

type Eve = Person & { memberId: string; tokens: Tokens; key: string; keyId: string };
let place: Place;
let admin: string;
let eve: Eve;

beforeEach(async () => {
  place = await ground.newPlace();
  admin = (await ground.signIn(await place.join('admin'))).access_token;
  const person = await place.join('admin');
  const tokens = await ground.signIn(person);
  const made = await ground.api('POST', `/v1/workspaces/${place.workspaceId}/api-keys`, {
    token: tokens.access_token,
    body: { name: 'Eve’s key', scopes: ['members:read', 'chat'], rate_limit_per_minute: 100_000 },
  });
  eve = { ...person, tokens, key: made.body.key as string, keyId: made.body.id as string };
  for (const api of [ground.api, elsewhere]) {
    for (const token of [tokens.access_token, eve.key]) expect((await members(api, token)).status).toBe(200);
  }
});

const members = (api: Api, token: string) => api('GET', `/v1/organizations/${place.id}/members`, { token });
const patch = (body: object) =>
  ground.api('PATCH', `/v1/organizations/${place.id}/members/${eve.memberId}`, { token: admin, body });
const refresh = (api: Api) =>
  api('POST', '/v1/auth/refresh', { body: { refresh_token: eve.tokens.refresh_token } });

/** Waits at most a second until both servers answer like this to the member's token and key. */
async function expectSoon(expected: { token: number; key: number }): Promise<void> {
  for (const api of [ground.api, elsewhere]) {
    await within(1_000, async () => (await members(api, eve.tokens.access_token)).status === expected.token);
    await within(1_000, async () => (await members(api, eve.key)).status === expected.key);
  }
}

describe('within a second, on every server', () => {
  it('a suspended member loses session and keys, and cannot refresh', async () => {
    expect((await patch({ status: 'suspended' })).status).toBe(200);
    await within(1_000, async () => (await members(elsewhere, eve.tokens.access_token)).status >= 401);
    await within(1_000, async () => (await members(elsewhere, eve.key)).status === 401);
    expect([401, 403]).toContain((await members(ground.api, eve.tokens.access_token)).status);
    expect((await members(ground.api, eve.key)).status).toBe(401);
    expect([401, 403]).toContain((await refresh(elsewhere)).status);
  });

  it('a suspended member loses everything even where the sessions and keys were left open', async () => {
    await place.rows("update members set status = 'suspended' where id = $1", eve.memberId);
    await place.rows("select pg_notify('insula', $1)", place.id);
    await expectSoon({ token: 403, key: 401 });
    expect((await refresh(elsewhere)).body.code).toBe('member_suspended');
  });

  it('a removed member loses session and keys', async () => {
    const path = `/v1/organizations/${place.id}/members/${eve.memberId}`;
    expect((await ground.api('DELETE', path, { token: admin })).status).toBe(200);
    await expectSoon({ token: 401, key: 401 });
    expect((await refresh(elsewhere)).status).toBe(401);
  });

  it('a demoted member keeps the session and loses the rights, and so do the keys', async () => {
    expect((await patch({ role: 'readonly' })).status).toBe(200);
    await within(1_000, async () => (await members(elsewhere, eve.tokens.access_token)).status === 403);
    await within(1_000, async () => [401, 403].includes((await members(elsewhere, eve.key)).status));
    expect((await elsewhere('GET', '/v1/auth/me', { token: eve.tokens.access_token })).status).toBe(200);
  });

  it('an ended session is over, and the keys work on', async () => {
    const id = (await elsewhere('GET', '/v1/auth/me', { token: eve.tokens.access_token })).body.session_id;
    expect((await ground.api('DELETE', `/v1/sessions/${id}`, { token: admin })).status).toBe(200);
    await expectSoon({ token: 401, key: 200 });
    expect((await refresh(elsewhere)).status).toBe(401);
  });

  it('a new password ends the other sessions, and the keys work on', async () => {
    const { access_token: token } = await ground.signIn(eve);
    const body = { current_password: PASSWORD, new_password: 'seven quiet green windows' };
    expect((await ground.api('POST', '/v1/auth/password', { token, body })).status).toBe(200);
    await expectSoon({ token: 401, key: 200 });
  });

  it('a revoked key is dead, and the session works on', async () => {
    const path = `/v1/workspaces/${place.workspaceId}/api-keys/${eve.keyId}`;
    expect((await ground.api('DELETE', path, { token: admin })).status).toBe(200);
    await expectSoon({ token: 200, key: 401 });
  });

  it('a suspended organization loses every credential until it is resumed', async () => {
    const decide = (what: string) =>
      ground.api('POST', `/v1/organizations/${place.id}/${what}`, { token: operator, body: {} });
    expect((await decide('suspend')).status).toBe(200);
    await expectSoon({ token: 403, key: 403 });
    expect((await members(elsewhere, eve.key)).body.code).toBe('organization_suspended');
    expect((await refresh(elsewhere)).body.code).toBe('organization_suspended');
    expect((await decide('resume')).status).toBe(200);
    await expectSoon({ token: 200, key: 200 });
  });

  it('a suspended account loses its sessions and keeps no way in', async () => {
    await ground.platformRows(
      "update accounts set status = 'suspended' where account_id = $1",
      eve.accountId,
    );
    await place.rows("select pg_notify('insula', $1)", place.id);
    await expectSoon({ token: 401, key: 200 });
    expect((await refresh(elsewhere)).status).toBe(401);
  });
});
