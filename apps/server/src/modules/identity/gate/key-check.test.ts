// The hot path: an API key that was seen before costs no database read, and guesses cost few.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  codeOf,
  type IdentityGround,
  openIdentityGround,
  type Place,
} from '../../../../test/open-identity-ground.ts';
import { packId, randomText } from '../../../platform/ids.ts';

let ground: IdentityGround;
let place: Place;
let admin: string;
let key: string;

beforeAll(async () => {
  ground = await openIdentityGround();
  place = await ground.newPlace();
  admin = (await ground.signIn(await place.join('admin'))).access_token;
  const made = await ground.api('POST', `/v1/workspaces/${place.workspaceId}/api-keys`, {
    token: admin,
    body: { name: 'A key', scopes: ['chat'] },
  });
  key = made.body.key as string;
});
afterAll(() => ground?.close());

const identify = (headers: Record<string, string>) => ground.app.gate.identify(headers);
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });

/** How many transactions `work` opens. */
async function countReads(work: () => Promise<unknown>): Promise<number> {
  const { app: pool } = ground.app.db.clusters.get('main');
  let count = 0;
  const onAcquire = () => {
    count++;
  };
  pool.on('acquire', onAcquire);
  await work().finally(() => pool.off('acquire', onAcquire));
  return count;
}

describe('an API key on a surface of the gateway', () => {
  it('is answered at once and without a database read when it was seen before', async () => {
    // What the beginnings of the test have changed is told to this server first.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await identify(bearer(key));
    const reads = await countReads(async () => {
      for (let i = 0; i < 1_000; i++) {
        const caller = identify(i % 2 ? { 'x-api-key': key } : bearer(key));
        expect(caller).not.toBeInstanceOf(Promise);
        expect(caller).toMatchObject({
          kind: 'api_key',
          organization_id: place.id,
          workspace_id: place.workspaceId,
        });
      }
    });
    expect(reads).toBe(0);
  });

  it('takes a few microseconds of the processor', async () => {
    const headers = bearer(key);
    const times: number[] = [];
    for (let round = 0; round < 20; round++) {
      await identify(headers);
      const start = process.cpuUsage();
      for (let i = 0; i < 5_000; i++) void identify(headers);
      times.push(process.cpuUsage(start).user / 5_000);
    }
    expect(Math.min(...times)).toBeLessThan(15);
  });

  it('is bound to its organization and workspace, whatever the headers say', async () => {
    const headers = bearer(key);
    const second = await ground.newPlace();
    expect(await codeOf(() => identify({ ...headers, 'x-tenant-id': second.id }))).toBe(
      'organization_not_found',
    );
    expect(await codeOf(() => identify({ ...headers, 'x-tenant-id': randomUUID() }))).toBe(
      'organization_not_found',
    );
    expect(await codeOf(() => identify({ ...headers, 'x-workspace-id': second.workspaceId }))).toBe(
      'workspace_not_found',
    );
    const named = { 'x-tenant-id': place.slug, 'x-workspace-id': place.workspaceId };
    expect(await codeOf(() => identify({ ...headers, ...named }))).toBeUndefined();
  });

  it('is not opened by a part of it, another mode, another organization or another secret', async () => {
    const other = await ground.newPlace();
    const wrong = [
      key.slice(0, -1),
      `${key}0`,
      key.replace('_live_', '_test_'),
      key.slice(0, 12) + packId(other.id) + key.slice(34),
      key.slice(0, 12) + packId(randomUUID()) + key.slice(34),
      key.slice(0, 42) + randomText(32),
      key.slice(0, -1) + (key.endsWith('a') ? 'b' : 'a'),
      key.toLowerCase(),
    ];
    for (const text of wrong) expect(await codeOf(() => identify(bearer(text)))).toBe('unauthenticated');
    for (const text of wrong.slice(5, 7))
      expect(await countReads(() => codeOf(() => identify(bearer(text))))).toBe(0);
  });

  it('that is unknown is looked up once, and a flood of guesses holds only a few connections', async () => {
    const guess = () => `insula_live_${packId(place.id)}${randomText(40)}`;
    const unknown = guess();
    expect(await codeOf(() => identify(bearer(unknown)))).toBe('unauthenticated');
    const again = await countReads(async () => {
      for (let i = 0; i < 50; i++)
        expect(await codeOf(() => identify(bearer(unknown)))).toBe('unauthenticated');
    });
    expect(again).toBe(0);
    const { app: pool } = ground.app.db.clusters.get('main');
    let most = 0;
    const flood = Promise.all(
      Array.from({ length: 300 }, async () => {
        const code = await codeOf(() => identify(bearer(guess())));
        most = Math.max(most, pool.totalCount - pool.idleCount + pool.waitingCount);
        return code;
      }),
    );
    expect(new Set(await flood)).toEqual(new Set(['unauthenticated']));
    expect(most).toBeLessThanOrEqual(8);
  });

  it('is found again after it was unknown a moment ago', async () => {
    const rows = await place.rows<{ id: string }>(
      'select id from api_keys where organization_id = $1',
      place.id,
    );
    expect(rows.length).toBeGreaterThan(0);
    await place.rows('update api_keys set revoked_at = now() where id = $1', rows[0]!.id);
    await place.rows("select pg_notify('insula', $1)", place.id);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await codeOf(() => identify(bearer(key)))).toBe('unauthenticated');
    await place.rows('update api_keys set revoked_at = null where id = $1', rows[0]!.id);
    await place.rows("select pg_notify('insula', $1)", place.id);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await codeOf(() => identify(bearer(key)))).toBeUndefined();
  });
});

describe('a person on a surface of the gateway', () => {
  it('works in the workspace named, or in the default one', async () => {
    const { body } = await ground.api('POST', `/v1/organizations/${place.id}/workspaces`, {
      token: admin,
      body: { name: 'Second' },
    });
    const second = body.id as string;
    expect(await identify(bearer(admin))).toMatchObject({
      kind: 'member',
      workspace_id: place.workspaceId,
      rate_limit_per_minute: null,
    });
    expect(await identify({ ...bearer(admin), 'x-workspace-id': second })).toMatchObject({
      workspace_id: second,
    });
    const foreign = (await ground.newPlace()).workspaceId;
    for (const id of [foreign, randomUUID(), 'nonsense', "' or 1=1"])
      expect(await codeOf(() => identify({ ...bearer(admin), 'x-workspace-id': id }))).toBe(
        'workspace_not_found',
      );
  });

  it('works as a guest only where a role was given', async () => {
    const guest = await place.join('guest');
    const { access_token } = await ground.signIn(guest);
    expect(await codeOf(() => identify(bearer(access_token)))).toBe('workspace_needed');
    expect(
      await codeOf(() => identify({ ...bearer(access_token), 'x-workspace-id': place.workspaceId })),
    ).toBe('workspace_not_found');
    const insert =
      'insert into workspace_members (organization_id, workspace_id, member_id, role) values ($1, $2, $3, $4)';
    await place.rows(insert, place.id, place.workspaceId, guest.memberId, 'viewer');
    await place.rows("select pg_notify('insula', $1)", place.id);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const caller = await identify(bearer(access_token));
    expect(caller.workspace_id).toBe(place.workspaceId);
    expect(caller.permissions.has('models:read')).toBe(true);
    expect(caller.permissions.has('ai:query')).toBe(false);
  });
});
