// Signing in: who gets in, what everybody else hears, and what is written down about it.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type IdentityGround,
  openIdentityGround,
  PASSWORD,
  type Tokens,
} from '../../../../test/open-identity-ground.ts';
import { createPlatformAdmin } from '../index.ts';

let ground: IdentityGround;
beforeAll(async () => {
  ground = await openIdentityGround();
});
afterAll(() => ground?.close());

const login = (body: unknown, headers: Record<string, string> = {}) =>
  ground.api('POST', '/v1/auth/login', { body, headers });

describe('signing in', () => {
  it('answers tokens, the organization and the person, by e-mail or username, under both prefixes', async () => {
    const place = await ground.newPlace();
    const ann = await place.join('admin');
    for (const name of ['email', 'username']) {
      const body = { [name]: ann.email.toUpperCase(), password: PASSWORD };
      const answer = await ground.api('POST', '/api/v1/auth/login', {
        body,
        headers: { 'x-tenant-id': place.slug },
      });
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({
        token_type: 'Bearer',
        expires_in: 3_600,
        organization: { id: place.id, slug: place.slug },
        user: { id: ann.memberId, email: ann.email, role: 'admin' },
      });
    }
  });

  it('leaves an event for every sign-in, denied ones too', async () => {
    const place = await ground.newPlace();
    const ann = await place.join('user');
    await login({ email: ann.email, password: PASSWORD });
    await login({ email: ann.email, password: 'not the password' });
    const [opened] = await place.events('session.opened');
    expect(opened?.details).toMatchObject({ member_id: ann.memberId, method: 'password' });
    const denied = await place.events('sign_in.denied');
    expect(denied).toHaveLength(1);
    expect(denied[0]).toMatchObject({
      subject_id: ann.accountId,
      details: { reason: 'password', email: ann.email },
      ip: '127.0.0.1',
    });
  });

  it('never writes down what was typed when it is no account, because it can be a password', async () => {
    const typed = `hunter2-${randomUUID()}`;
    await login({ email: typed, password: PASSWORD });
    const rows = await ground.platformRows<{ details: { reason: string } }>(
      "select * from events where type = 'sign_in.denied' order by id desc limit 1",
    );
    expect(rows[0]?.details.reason).toBe('unknown_account');
    const everything = JSON.stringify([rows, await ground.platformRows('select * from sign_in_failures')]);
    expect(everything).not.toContain(typed);
  });

  it('says the same for an unknown address, a wrong password, and an organization that is not the account’s', async () => {
    const place = await ground.newPlace();
    const other = await ground.newPlace();
    const ann = await place.join('admin');
    const answers = [
      await login({ email: `nobody-${randomUUID()}@example.com`, password: PASSWORD }),
      await login({ email: ann.email, password: 'wrong wrong wrong' }),
      await login({ email: ann.email, password: PASSWORD, organization: other.slug }),
      await login({ email: ann.email, password: PASSWORD, organization: other.id }),
      await login({ email: ann.email, password: PASSWORD, organization: randomUUID() }),
      await login({ email: ann.email, password: PASSWORD }, { 'x-tenant-id': 'no-such-organization' }),
    ].map(({ status, body }) => ({ status, ...body, requestId: undefined }));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({ status: 401, code: 'sign_in_failed' });
  });

  it('computes a hash for an unknown address as it does for a known one', async () => {
    const person = await (await ground.newPlace()).join('user');
    const { computed } = ground.app.identity.passwords;
    const counts: number[] = [];
    for (const email of [person.email, `nobody-${randomUUID()}@example.com`]) {
      const before = computed();
      await login({ email, password: 'wrong wrong wrong' });
      counts.push(computed() - before);
    }
    expect(counts).toEqual([1, 1]);
  });

  it('asks for the organization only after the password proved right, and then lists the account’s own', async () => {
    const one = await ground.newPlace();
    const two = await ground.newPlace();
    const ann = await one.join('admin');
    await two.join('user', ann);
    expect((await login({ email: ann.email, password: 'wrong wrong wrong' })).body.data).toBeUndefined();
    const asked = await login({ email: ann.email, password: PASSWORD });
    expect(asked).toMatchObject({ status: 409, body: { code: 'organization_needed' } });
    const { organizations } = asked.body.data as { organizations: { id: string; slug: string }[] };
    expect(organizations.map((o) => o.id).sort()).toEqual([one.id, two.id].sort());
    for (const named of [two.id, two.slug, two.slug.toUpperCase()]) {
      const opened = await login({ email: ann.email, password: PASSWORD, organization: named });
      expect((opened.body as Tokens).organization.id).toBe(two.id);
    }
  });

  it('tells a suspended member, account or organization so, but only who knows the password', async () => {
    const place = await ground.newPlace();
    const ann = await place.join('user');
    const suspensions: [string, string, string][] = [
      ['member_suspended', 'update members set status = $2 where id = $1', ann.memberId],
    ];
    for (const [code, statement, id] of suspensions) {
      await place.rows(statement, id, 'suspended');
      expect((await login({ email: ann.email, password: 'wrong wrong wrong' })).body.code).toBe(
        'sign_in_failed',
      );
      expect((await login({ email: ann.email, password: PASSWORD })).body.code).toBe(code);
      await place.rows(statement, id, 'active');
    }
    await ground.platformRows(
      "update accounts set status = 'suspended' where account_id = $1",
      ann.accountId,
    );
    expect((await login({ email: ann.email, password: PASSWORD })).body.code).toBe('account_suspended');
    await ground.platformRows("update accounts set status = 'active' where account_id = $1", ann.accountId);
    await ground.platformRows(
      "update organizations set status = 'suspended' where organization_id = $1",
      place.id,
    );
    expect((await login({ email: ann.email, password: PASSWORD })).body.code).toBe('organization_suspended');
    const reasons = (await place.events('sign_in.denied')).map((event) => event.details.reason);
    expect(reasons).toEqual(['password', 'member_suspended', 'account_suspended', 'organization_suspended']);
  });

  it('takes nothing but text for every field', async () => {
    const ann = await (await ground.newPlace()).join('admin');
    const right: Record<string, unknown> = { email: ann.email, password: PASSWORD };
    const wrong = [null, '', [], {}, 0, true, [ann.email], { $ne: null }, ['a', 'b']];
    for (const field of ['email', 'username', 'password', 'organization']) {
      for (const value of wrong) {
        const answer = await login({ ...right, [field]: value });
        expect([400, 401], `${field} = ${JSON.stringify(value)}`).toContain(answer.status);
      }
    }
    for (const value of [...wrong, undefined]) {
      const answer = await ground.api('POST', '/v1/auth/refresh', { body: { refresh_token: value } });
      expect([400, 401]).toContain(answer.status);
    }
    for (const extra of ['role', 'platform_admin', 'permissions'])
      expect((await login({ ...right, [extra]: 'admin' })).status).toBe(400);
  });

  it('does not open with the password of development mode outside of it', async () => {
    const { identity } = ground.app;
    const { account_id } = await createPlatformAdmin(identity, {
      email: 'admin@localhost',
      password: PASSWORD,
    });
    const hash = await identity.passwords.hash('admin123');
    await ground.platformRows(
      'update accounts set password_hash = $2 where account_id = $1',
      account_id,
      hash,
    );
    const answer = await login({ email: 'admin@localhost', password: 'admin123' });
    expect(answer.body.code).toBe('sign_in_failed');
  });
});
