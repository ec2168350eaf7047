// Other organizations: a 404 for everybody, and a recorded visit for an operator of the platform.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Ask,
  type IdentityGround,
  openIdentityGround,
  PASSWORD,
  type Place,
  within,
} from '../../../../test/open-identity-ground.ts';
import { DEFAULT_ORGANIZATION } from '../../tenancy/index.ts';
import { createPlatformAdmin, ensureDevelopmentLogin } from '../index.ts';

let ground: IdentityGround;
let place: Place;
let other: Place;
let ann: string;
let operator: string;
const login = { email: 'operator@example.com', password: PASSWORD };

beforeAll(async () => {
  ground = await openIdentityGround();
  await createPlatformAdmin(ground.app.identity, login);
  place = await ground.newPlace();
  other = await ground.newPlace();
  ann = (await ground.signIn(await place.join('admin'))).access_token;
  operator = (await ground.signIn(login)).access_token;
});
afterAll(() => ground?.close());

const get = (path: string, ask: Ask) => ground.api('GET', path, ask);
const strip = ({ status, body }: { status: number; body: object }) => ({ status, ...body, requestId: 0 });

describe('another organization', () => {
  it('does not exist for anybody, in the path or in X-Tenant-ID, by id or slug, suspended or not', async () => {
    const suspended = await ground.newPlace();
    await ground.api('POST', `/v1/organizations/${suspended.id}/suspend`, { token: operator, body: {} });
    const key = await ground.api('POST', `/v1/workspaces/${place.workspaceId}/api-keys`, {
      token: ann,
      body: { name: 'A key', scopes: ['organization:read', 'organization:write'] },
    });
    for (const token of [ann, key.body.key as string]) {
      const random = strip(await get(`/v1/organizations/${randomUUID()}`, { token }));
      expect(random).toMatchObject({ status: 404, code: 'organization_not_found' });
      for (const id of [other.id, other.slug, suspended.id, 'nothing-here', DEFAULT_ORGANIZATION]) {
        expect(strip(await get(`/v1/organizations/${id}`, { token }))).toEqual(random);
        expect(strip(await get(`/v1/tenants/${id}/members`, { token }))).toEqual(random);
        expect(strip(await get('/v1/auth/me', { token, headers: { 'x-tenant-id': id } }))).toEqual(random);
      }
      for (const own of [place.id, place.slug, place.id.toUpperCase()])
        expect((await get('/v1/auth/me', { token, headers: { 'x-tenant-id': own } })).status).toBe(200);
      expect((await get('/v1/organizations', { token })).status).toBe(403);
    }
  });

  it('is open to an operator with the rights of an admin, and records each visit', async () => {
    const read = await get(`/v1/organizations/${other.id}`, { token: operator });
    expect(read.body.id).toBe(other.id);
    await get(`/v1/organizations/${other.id}/members`, { token: operator });
    await get(`/v1/organizations/${other.slug}/members`, { token: operator });
    expect(await other.events('operator.visited')).toHaveLength(1);
    const made = await ground.api('POST', `/v1/organizations/${other.id}/workspaces`, {
      token: operator,
      body: { name: 'Made by the operator' },
    });
    expect(made.status).toBe(201);
    const visits = await other.events('operator.visited');
    expect(visits.map((visit) => visit.details.endpoint)).toEqual(['organizations.get', 'workspaces.create']);
    expect(visits[0]!.actor_name).toBe(login.email);
    ground.clock.advance(61_000);
    await get(`/v1/organizations/${other.id}/members`, { token: operator });
    expect(await other.events('operator.visited')).toHaveLength(3);
    expect(await place.events('operator.visited')).toHaveLength(0);
    const visitor = await get('/v1/auth/me', { token: operator, headers: { 'x-tenant-id': other.slug } });
    expect(visitor.body).toMatchObject({ kind: 'operator', organization: { id: other.id }, user: null });
    const signedOut = await ground.api('POST', '/v1/auth/logout', {
      token: operator,
      headers: { 'x-tenant-id': other.slug },
      body: {},
    });
    expect(signedOut.body.code).toBe('person_needed');
  });

  it('that is suspended is still open to an operator, and one that never was is not', async () => {
    await ground.api('POST', `/v1/organizations/${other.id}/suspend`, { token: operator, body: {} });
    expect((await get(`/v1/organizations/${other.id}`, { token: operator })).status).toBe(200);
    await ground.api('POST', `/v1/organizations/${other.id}/resume`, { token: operator, body: {} });
    const random = await get(`/v1/organizations/${randomUUID()}`, { token: operator });
    expect(random.body.code).toBe('organization_not_found');
  });

  it('is closed to keys and other sessions of the operator, and when the right is taken away', async () => {
    const home = (await get('/v1/auth/me', { token: operator })).body as { organization: { id: string } };
    const workspaces = await get(`/v1/organizations/${home.organization.id}/workspaces`, { token: operator });
    const [workspace] = workspaces.body.data as { id: string }[];
    const key = await ground.api('POST', `/v1/workspaces/${workspace!.id}/api-keys`, {
      token: operator,
      body: { name: 'Operator’s key', scopes: ['organization:read'] },
    });
    expect(key.status).toBe(201);
    const token = key.body.key as string;
    expect((await get(`/v1/organizations/${other.id}`, { token })).body.code).toBe('organization_not_found');
    expect((await get('/v1/organizations', { token })).status).toBe(403);
    await ground.platformRows('update accounts set platform_admin = false where email = $1', login.email);
    await ground.platformRows("select pg_notify('insula', $1)", home.organization.id);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await get(`/v1/organizations/${other.id}`, { token: operator })).body.code).toBe(
      'organization_not_found',
    );
    await createPlatformAdmin(ground.app.identity, login);
  });
});

describe('the first logins', () => {
  it('of the platform are made once, whatever was there before, and replace the password', async () => {
    const { identity } = ground.app;
    const before = await ground.signIn(login);
    expect((await get('/v1/auth/me', { token: before.access_token })).status).toBe(200);
    const again = await createPlatformAdmin(identity, { ...login, password: 'seven quiet green windows' });
    expect(again.organization_id).toBe(DEFAULT_ORGANIZATION);
    await within(
      1_000,
      async () => (await get('/v1/auth/me', { token: before.access_token })).status === 401,
    );
    const signedIn = await ground.signIn({ ...login, password: 'seven quiet green windows' });
    expect(signedIn).toMatchObject({
      organization: { id: DEFAULT_ORGANIZATION, slug: 'default', name: 'Platform team' },
    });
    await expect(createPlatformAdmin(identity, { ...login, password: 'password123' })).rejects.toThrow(
      'common',
    );
  });

  it('of development mode exist in development mode only, and later starts change nothing', async () => {
    await expect(ensureDevelopmentLogin(ground.app.identity)).rejects.toThrow('development mode only');
    const local = await openIdentityGround({ env: { LOCAL_DEV_MODE: 'true' } });
    try {
      await ensureDevelopmentLogin(local.app.identity);
      const { computed } = local.app.identity.passwords;
      const before = computed();
      await ensureDevelopmentLogin(local.app.identity);
      expect(computed()).toBe(before);
      const signedIn = await local.signIn({ email: 'admin@localhost', password: 'admin123' });
      expect(signedIn).toMatchObject({
        organization: { id: DEFAULT_ORGANIZATION, slug: 'localhost' },
        user: { role: 'admin' },
      });
      const { access_token: token } = signedIn;
      expect((await local.api('GET', '/v1/organizations', { token })).status).toBe(200);
    } finally {
      await local.close();
    }
  });
});
