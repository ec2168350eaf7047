import { createHash } from 'node:crypto';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  type IdentityGround,
  openIdentityGround,
  PASSWORD,
  type Person,
  type Place,
} from '../../../../test/open-identity-ground.ts';
import { newId } from '../../../platform/ids.ts';

let ground: IdentityGround;
let home: Place;
let boss: Person;
let token: string;
beforeAll(async () => {
  ground = await openIdentityGround();
  home = await ground.newPlace();
  boss = await home.join('admin');
  token = (await ground.signIn(boss)).access_token;
});
afterAll(() => ground?.close());

const HOUR_MS = 3_600_000;
const address = () => `guest-${newId()}@example.com`;
const post = (path: string, body: unknown): Promise<Answer> => ground.api('POST', path, { body });

/** Lets time pass, and signs the inviter in anew. */
async function wait(ms: number): Promise<void> {
  ground.clock.advance(ms);
  token = (await ground.signIn(boss)).access_token;
}

async function invite(body: object, by = token): Promise<{ id: string; secret: string; email: string }> {
  const path = `/v1/organizations/${home.id}/invitations`;
  const input = { email: address(), role: 'user', ...body };
  const answer = await ground.api('POST', path, { token: by, body: input });
  if (answer.status !== 201) throw new Error(answer.text);
  const url = answer.body.url as string;
  return { id: answer.body.id as string, secret: url.split('#token=')[1]!, email: input.email };
}

/** The body without the one field that always differs. */
const words = ({ status, body }: Answer) => JSON.stringify({ status, ...body, requestId: undefined });

describe('accepting an invitation', () => {
  it('makes an account and a member, signs in, and notes where the account belongs', async () => {
    const { secret, email } = await invite({
      workspace_roles: [{ workspace_id: home.workspaceId, role: 'editor' }],
    });
    const given = { token: secret, name: 'Ada Lovelace', password: 'nine blue kettles over hills' };
    const preview = await post('/v1/invitations/preview', { token: secret });
    expect(preview.body).toMatchObject({ email, role: 'user', account_exists: false });
    const answer = await post('/v1/invitations/accept', given);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ organization: { id: home.id }, user: { email, role: 'user' } });
    const me = await ground.api('GET', '/v1/auth/me', { token: answer.body.access_token as string });
    expect(me.body).toMatchObject({ kind: 'member', user: { name: 'Ada Lovelace' } });
    expect(me.body.workspace_permissions).toHaveProperty(home.workspaceId);
    const again = await ground.signIn({ email, password: given.password });
    expect(again.organization.id).toBe(home.id);
    const told = (await home.events('invitation.accepted')).at(-1);
    expect(told).toMatchObject({ subject_id: again.user.id, details: { email, role: 'user' } });
    const made = await ground.platformRows(
      `select 1 from events where type = 'account.created' and details ->> 'email' = $1`,
      email,
    );
    expect(made).toHaveLength(1);
  });

  it('an account that exists proves its password, and keeps it', async () => {
    const person = await ground.newPerson();
    const { secret } = await invite({ email: person.email });
    const preview = await post('/v1/invitations/preview', { token: secret });
    expect(preview.body.account_exists).toBe(true);
    const wrong = await post('/v1/invitations/accept', { token: secret, password: 'not the password of it' });
    expect(wrong.body.code).toBe('sign_in_failed');
    const right = await post('/v1/invitations/accept', { token: secret, password: PASSWORD });
    expect(right.status).toBe(200);
    expect((await ground.signIn(person)).organization.id).toBe(home.id);
  });

  it('guessing the password of an account through an invitation is slowed down like signing in', async () => {
    const person = await ground.newPerson();
    const { secret } = await invite({ email: person.email });
    const codes: unknown[] = [];
    for (let i = 0; i < 8; i++) {
      const body = { token: secret, password: `a wrong guess number ${i}` };
      codes.push((await post('/v1/invitations/accept', body)).body.code);
    }
    expect(codes).toContain('sign_in_delayed');
    await wait(HOUR_MS);
  });

  it('works once: of many at the same moment one joins, and there is one member', async () => {
    const { secret, email } = await invite({});
    const body = { token: secret, password: 'nine blue kettles over hills' };
    const answers = await Promise.all(Array.from({ length: 4 }, () => post('/v1/invitations/accept', body)));
    const codes = answers.map((one) => one.body.code).toSorted();
    expect(codes).toEqual([...Array(3).fill('invitation_not_found'), undefined]);
    const members = await home.rows(
      'select id from members where organization_id = $1 and email = $2',
      home.id,
      email,
    );
    expect(members).toHaveLength(1);
    const late = await post('/v1/invitations/accept', body);
    expect(late.body.code).toBe('invitation_not_found');
  });

  it('used, withdrawn, expired, unknown, altered: the same bytes, for the preview as for joining', async () => {
    const used = await invite({});
    const body = { password: 'nine blue kettles over hills' };
    await post('/v1/invitations/accept', { token: used.secret, ...body });
    const withdrawn = await invite({});
    const path = `/v1/organizations/${home.id}/invitations/${withdrawn.id}`;
    expect((await ground.api('DELETE', path, { token })).status).toBe(200);
    const open = await invite({});
    const expired = await invite({ expires_in_hours: 1 });
    const other = await ground.newPlace();
    await ground.app.tenancy.directory.getEntry(other.id);
    await wait(1.1 * HOUR_MS);
    const altered = open.secret.slice(0, -1) + (open.secret.endsWith('x') ? 'y' : 'x');
    const lost = `${'0'.repeat(22)}${open.secret.slice(22)}`;
    const wrong = [used.secret, withdrawn.secret, expired.secret, altered, lost, 'x', ' ', 'null'];
    const said = new Set<string>();
    for (const secret of wrong) {
      said.add(words(await post('/v1/invitations/preview', { token: secret })));
      said.add(words(await post('/v1/invitations/accept', { token: secret, ...body })));
    }
    expect(said.size).toBe(1);
    expect([...said][0]).toContain('"status":404');
    expect((await post('/v1/invitations/preview', { token: open.secret })).status).toBe(200);
  });

  it.each([[null], [''], [[]], [['x']], [{}], [{ $ne: null }], [0], [true]])(
    'a token of %j is no token',
    async (secret) => {
      for (const path of ['/v1/invitations/preview', '/v1/invitations/accept']) {
        const body = path.endsWith('accept') ? { token: secret, password: PASSWORD } : { token: secret };
        const answer = await post(path, body);
        expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
      }
    },
  );

  it('a weak password is refused with the reason, and the link goes on working', async () => {
    const { secret, email } = await invite({});
    const weak = await post('/v1/invitations/accept', { token: secret, password: 'password12' });
    expect(weak.body.code).toBe('password_weak');
    const none = await ground.platformRows('select 1 from accounts where email = $1', email);
    expect(none).toEqual([]);
    const body = { token: secret, password: 'nine blue kettles over hills' };
    expect((await post('/v1/invitations/accept', body)).status).toBe(200);
  });

  it('a suspended organization lets nobody join', async () => {
    const place = await ground.newPlace();
    const admin = await ground.signIn(await place.join('admin'));
    const made = await ground.api('POST', `/v1/organizations/${place.id}/invitations`, {
      token: admin.access_token,
      body: { email: address(), role: 'user' },
    });
    const secret = (made.body.url as string).split('#token=')[1]!;
    await ground.platformRows(
      `update organizations set status = 'suspended' where organization_id = $1`,
      place.id,
    );
    await place.rows(`select pg_notify('insula', $1)`, place.id);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const body = { token: secret, password: 'nine blue kettles over hills' };
    expect((await post('/v1/invitations/accept', body)).body.code).toBe('invitation_not_found');
  });

  it('the secret is stored nowhere: only its SHA-256', async () => {
    const { id, secret } = await invite({});
    const [row] = await home.rows<{ whole: string; token_hash: Buffer }>(
      'select invitations::text as whole, token_hash from invitations where organization_id = $1 and id = $2',
      home.id,
      id,
    );
    expect(row!.whole).not.toContain(secret.slice(22));
    expect(Buffer.from(row!.token_hash).equals(createHash('sha256').update(secret).digest())).toBe(true);
    const events = await home.rows<{ whole: string }>(
      'select events::text as whole from events where organization_id = $1',
      home.id,
    );
    for (const event of events) expect(event.whole).not.toContain(secret.slice(22));
  });

  it('an address that tries too many tokens has to wait, others do not', async () => {
    const tryFrom = (localAddress: string) =>
      new Promise<number>((resolve, reject) => {
        const { address: hostname, port } = ground.app.http.server.address() as AddressInfo;
        const headers = { 'content-type': 'application/json' };
        const path = '/v1/invitations/preview';
        const sent = request({ hostname, port, localAddress, path, method: 'POST', headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode!);
        });
        sent.on('error', reject).end(JSON.stringify({ token: 'x' }));
      });
    const statuses: number[] = [];
    for (let i = 0; i < 105; i++) statuses.push(await tryFrom('127.0.0.77'));
    expect(statuses[0]).toBe(404);
    expect(statuses.at(-1)).toBe(429);
    expect(await tryFrom('127.0.0.78')).toBe(404);
  });
});
