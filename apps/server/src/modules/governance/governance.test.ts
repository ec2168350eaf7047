import { randomBytes } from 'node:crypto';
import { verifyTrail } from '@insula/cli/verify-trail';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Ask,
  type IdentityGround,
  openIdentityGround,
  type Place,
  within,
} from '../../../test/open-identity-ground.ts';
import { newId } from '../../platform/ids.ts';

let ground: IdentityGround;
let place: Place;
let admin: string;
let reader: string;
let stranger: string;
let operator: string;

beforeAll(async () => {
  ground = await openIdentityGround();
  place = await ground.newPlace();
  const other = await ground.newPlace();
  const enter = async (at: Place, role: string) =>
    (await ground.signIn(await at.join(role), at.slug)).access_token;
  admin = await enter(place, 'admin');
  reader = await enter(place, 'readonly');
  stranger = await enter(other, 'admin');
  const person = await other.join('admin');
  await ground.platformRows(
    'update accounts set platform_admin = true where account_id = $1',
    person.accountId,
  );
  operator = (await ground.signIn(person, other.slug)).access_token;
});
afterAll(() => ground?.close());

const own = (path: string) => `/v1/organizations/${place.id}${path}`;
const get = (path: string, ask: Ask) => ground.api('GET', path, ask);
const post = (path: string, ask: Ask) => ground.api('POST', path, ask);
type Events = { data: { type: string; seq: number | null; actor: { name: string } }[] };
const kid = () => ground.app.signer.kid;
const check = (text: string) => verifyTrail(text.split('\n').slice(0, -1), { keys: [kid()] });

const endpoints = [
  ['GET', '/events'],
  ['POST', '/events/verify'],
  ['GET', '/events/export'],
  ['GET', '/encryption-keys'],
  ['POST', '/encryption-keys/rotate'],
] as const;

describe('trail and keys', () => {
  it.each(endpoints)('%s %s is for those with the permission, and for nobody else', async (method, path) => {
    const body = method === 'POST' ? { body: {} } : {};
    const ask = (token: string | undefined, at = own(path)) =>
      ground.api(method, at, { ...body, ...(token === undefined ? {} : { token }) });
    expect((await ask(undefined)).status).toBe(401);
    expect((await ask(reader)).status).toBe(403);
    const foreign = await ask(stranger);
    const random = await ask(stranger, own(path).replace(place.id, newId()));
    expect(foreign.status).toBe(404);
    const bytes = (answer: typeof foreign) => ({ ...answer.body, requestId: undefined });
    expect(bytes(foreign)).toEqual(bytes(random));
    expect((await ask(admin)).status).toBeLessThan(300);
  });

  it.each(['/events', '/events/verify', '/events/export'])(
    "/platform%s is the operator's alone",
    async (path) => {
      const method = path.endsWith('verify') ? 'POST' : 'GET';
      const ask = (token: string) =>
        ground.api(method, `/v1/platform${path}`, { token, ...(method === 'POST' ? { body: {} } : {}) });
      expect((await ask(admin)).status).toBe(403);
      const answer = await ask(operator);
      expect(answer.status).toBe(200);
      if (path.endsWith('verify')) expect(answer.body).toMatchObject({ ok: true, first_problem: null });
      if (path.endsWith('export')) expect(await check(answer.text)).toMatchObject({ ok: true });
    },
  );
});

describe('the trail', () => {
  it('shows a change with its place in the chain within a second', async () => {
    const name = `W ${newId()}`;
    await post(own('/workspaces'), { token: admin, body: { name } });
    const list = async () =>
      (await get(own('/events?type=workspace.&limit=1'), { token: admin })).body as Events;
    expect((await list()).data[0]).toMatchObject({ type: 'workspace.created' });
    expect(await within(3_000, async () => (await list()).data[0]?.seq != null)).toBeLessThan(1_000);
  });

  it('refuses filters it does not know, and cursors and types that are none', async () => {
    for (const query of ['typ=x', 'type=A', 'cursor=x', 'from=yesterday', 'limit=101', 'actor_id=1'])
      expect((await get(own(`/events?${query}`), { token: admin })).status).toBe(400);
  });

  it('is downloaded under every address, whole, and each download is recorded', async () => {
    for (const base of ['/v1/organizations', '/v1/tenants', '/api/v1/organizations', '/api/v1/tenants']) {
      const { status, text, headers } = await get(`${base}/${place.id}/events/export`, { token: admin });
      expect(status).toBe(200);
      expect(headers.get('content-type')).toContain('application/x-ndjson');
      expect(headers.get('content-disposition')).toContain(`trail-${place.id}.jsonl`);
      expect(await check(text)).toMatchObject({ ok: true, trusted: true, organization_id: place.id });
    }
    const before = (await place.events('trail.exported')).length;
    expect(before).toBeGreaterThanOrEqual(4);
    expect((await ground.api('HEAD', own('/events/export'), { token: admin })).status).toBe(404);
    expect((await get(own('/events/export?x=1'), { token: admin })).status).toBe(400);
    expect(await place.events('trail.exported')).toHaveLength(before);
  });

  it('goes on from a checkpoint noted before, and not from one that never was', async () => {
    const { body } = await post(own('/events/verify'), { token: admin, body: {} });
    const { seq, hash } = body.checkpoint as { seq: number; hash: string };
    const again = (known: object) => post(own('/events/verify'), { token: admin, body: { known } });
    expect((await again({ seq, hash })).body).toMatchObject({ ok: true });
    const never = { seq, hash: randomBytes(32).toString('hex') };
    expect((await again(never)).body).toMatchObject({
      ok: false,
      first_problem: { seq, problem: 'chain_rewritten' },
    });
    expect((await again({ seq: 0, hash })).status).toBe(400);
  });
});

describe('the key of an organization', () => {
  it('is rotated once a request, and answers kept before are still given after', async () => {
    const headers = { 'idempotency-key': newId() };
    const create = () =>
      post(own('/workspaces'), { token: admin, body: { name: 'Kept' }, headers: { ...headers } });
    const first = await create();
    const key = randomBytes(32).toString('base64');
    const rotate = { token: admin, body: { key }, headers: { 'idempotency-key': newId() } };
    const before = (await place.events('encryption_key.rotated')).length;
    const made = await post(own('/encryption-keys/rotate'), rotate);
    expect(made).toMatchObject({ status: 201, body: { state: 'active', origin: 'brought' } });
    expect((await post(own('/encryption-keys/rotate'), rotate)).body).toEqual(made.body);
    expect(await place.events('encryption_key.rotated')).toHaveLength(before + 1);
    expect((await create()).body).toEqual(first.body);
    const { version } = made.body as { version: number };
    const left = async () => {
      const rows = await place.rows<{ n: number }>(
        'select count(*) as n from idempotency where organization_id = $1 and substring(answer from 2 for 4) <> int4send($2)',
        place.id,
        version,
      );
      return rows[0]!.n === 0;
    };
    await within(5_000, left);
    expect((await create()).body).toEqual(first.body);
    const page = await get(own('/encryption-keys?limit=1'), { token: admin });
    expect(page.body).toMatchObject({ data: [{ version, state: 'active' }] });
    const next = await get(own(`/encryption-keys?cursor=${page.body.next_cursor}`), { token: admin });
    expect(next.body).toMatchObject({ data: [{ version: version - 1, state: 'retiring' }, {}] });
    expect(page.text + next.text).not.toContain('wrapped');
  });
});
