// Sessions: refreshed, listed, switched and ended on the server.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  type IdentityGround,
  openIdentityGround,
  PASSWORD,
  type Tokens,
  within,
} from '../../../../test/open-identity-ground.ts';

let ground: IdentityGround;
beforeAll(async () => {
  ground = await openIdentityGround({ env: { SESSION_HOURS: '24', SESSION_IDLE_HOURS: '2' } });
});
afterAll(() => ground?.close());

const refresh = (refresh_token: string) =>
  ground.api('POST', '/v1/auth/refresh', { body: { refresh_token } });
const me = (token: string) => ground.api('GET', '/v1/auth/me', { token });
const tokensOf = (answer: Answer) => answer.body as Tokens;
const newAdmin = async () => {
  const place = await ground.newPlace();
  const person = await place.join('admin');
  return { place, person, tokens: await ground.signIn(person) };
};

/** Within a second: what ends a credential is told to every server, this one too. */
const expectOver = (token: string) => within(1_000, async () => (await me(token)).status === 401);

describe('a refresh token', () => {
  it('is exchanged for a new pair, again and again', async () => {
    let { tokens } = await newAdmin();
    const seen = new Set([tokens.refresh_token]);
    for (let i = 0; i < 3; i++) {
      ground.clock.advance(60_000);
      const answer = await refresh(tokens.refresh_token);
      expect(answer.status).toBe(200);
      tokens = tokensOf(answer);
      expect(seen.has(tokens.refresh_token)).toBe(false);
      seen.add(tokens.refresh_token);
      expect((await me(tokens.access_token)).status).toBe(200);
    }
  });

  it('repeated within seconds gets the same successor, so a lost answer or a second tab does no harm', async () => {
    const { tokens } = await newAdmin();
    const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(tokens.refresh_token)));
    expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(200));
    expect(new Set(answers.map((answer) => tokensOf(answer).refresh_token)).size).toBe(1);
  });

  it('that comes back later ends the session, however old it is', async () => {
    for (const steps of [1, 3]) {
      const { tokens, place } = await newAdmin();
      let latest = tokens;
      for (let i = 0; i < steps; i++) {
        latest = tokensOf(await refresh(latest.refresh_token));
        ground.clock.advance(11_000);
      }
      expect((await me(latest.access_token)).status).toBe(200);
      const reused = await refresh(tokens.refresh_token);
      expect([reused.status, reused.body.code]).toEqual([401, 'refresh_token_invalid']);
      await expectOver(latest.access_token);
      expect((await refresh(latest.refresh_token)).status).toBe(401);
      const [ended] = await place.events('session.ended');
      expect(ended?.details).toEqual({ reason: 'refresh_token_reused' });
    }
  });

  it('that was made up ends nothing and opens nothing', async () => {
    const { tokens } = await newAdmin();
    const { refresh_token: token } = tokens;
    const parts = token.split('_');
    const guesses = [
      token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A'),
      [...parts.slice(0, 3), '1', ...parts.slice(4)].join('_'),
      token.replace('insula_refresh_', 'insula_live_'),
      `${token}x`,
      randomUUID(),
    ];
    for (const guess of guesses) {
      const answer = await refresh(guess);
      expect([answer.status, answer.body.code]).toEqual([401, 'refresh_token_invalid']);
    }
    expect((await me(tokens.access_token)).status).toBe(200);
    expect((await refresh(token)).status).toBe(200);
  });
});

describe('a session', () => {
  it('ends with the sign-out, for the access token too', async () => {
    const { tokens, place } = await newAdmin();
    expect((await ground.api('POST', '/v1/auth/logout', { token: tokens.access_token })).status).toBe(200);
    await expectOver(tokens.access_token);
    expect((await refresh(tokens.refresh_token)).status).toBe(401);
    expect((await place.events('session.ended'))[0]?.details).toMatchObject({ reason: 'signed_out' });
  });

  it('ends after two hours without a request, and lives on with requests, until 24 hours', async () => {
    const { tokens, person } = await newAdmin();
    const idle = await ground.signIn(person);
    let { access_token, refresh_token } = tokens;
    for (let minutes = 0; minutes < 23 * 60; minutes += 50) {
      ground.clock.advance(50 * 60_000);
      ({ access_token, refresh_token } = tokensOf(await refresh(refresh_token)));
      expect((await me(access_token)).status).toBe(200);
    }
    expect((await refresh(idle.refresh_token)).status).toBe(401);
    ground.clock.advance(50 * 60_000);
    await expectOver(access_token);
    expect((await refresh(refresh_token)).status).toBe(401);
  });

  it('that another server has seen is not idle', async () => {
    const { tokens, place } = await newAdmin();
    expect((await me(tokens.access_token)).status).toBe(200);
    await ground.app.identity.uses.flush();
    ground.clock.advance(121 * 60_000);
    expect((await refresh(tokens.refresh_token)).status).toBe(401);
    await place.rows(
      'update sessions set last_seen_at = $2 where organization_id = $1',
      place.id,
      new Date(ground.clock.now() - 60_000),
    );
    expect((await refresh(tokens.refresh_token)).status).toBe(200);
  });

  it('is listed to its owner, and ended by the owner; nobody else’s is', async () => {
    const { tokens, person, place } = await newAdmin();
    const second = await ground.signIn(person);
    const eve = await ground.signIn(await place.join('user'));
    const { access_token: token } = tokens;
    const list = async (by: string) =>
      (await ground.api('GET', '/v1/sessions', { token: by })).body.data as {
        id: string;
        current: boolean;
      }[];
    const own = await list(token);
    expect(own.map((session) => session.current)).toEqual([false, true]);
    const [other] = own;
    const [eves] = await list(eve.access_token);
    for (const id of [other!.id, own[1]!.id, randomUUID()]) {
      const refused = await ground.api('DELETE', `/v1/sessions/${id}`, { token: eve.access_token });
      expect([refused.status, refused.body.code]).toEqual([404, 'session_not_found']);
    }
    expect((await ground.api('DELETE', `/v1/sessions/${other!.id}`, { token })).status).toBe(200);
    await expectOver(second.access_token);
    expect((await ground.api('DELETE', `/v1/sessions/${eves!.id}`, { token })).status).toBe(200);
    await expectOver(eve.access_token);
  });

  it('of a member is listed to who may read members, and is a 404 in every other organization', async () => {
    const { tokens, place } = await newAdmin();
    const eve = await place.join('user');
    await ground.signIn(eve);
    const stranger = await newAdmin();
    const path = `/v1/members/${eve.memberId}/sessions`;
    const seen = await ground.api('GET', path, { token: tokens.access_token });
    expect(seen.body.data).toMatchObject([{ member_id: eve.memberId, method: 'password', current: false }]);
    expect(JSON.stringify(seen.body)).not.toMatch(/seed|hash|token/);
    const foreign = await ground.api('GET', path, { token: stranger.tokens.access_token });
    const random = await ground.api('GET', `/v1/members/${randomUUID()}/sessions`, {
      token: stranger.tokens.access_token,
    });
    expect(foreign.status).toBe(404);
    expect({ ...foreign.body, requestId: '' }).toEqual({ ...random.body, requestId: '' });
  });

  it('is opened in another organization of the account, and in no other', async () => {
    const { tokens, person } = await newAdmin();
    const second = await ground.newPlace();
    await second.join('readonly', person);
    const { access_token: token } = tokens;
    const listed = await ground.api('GET', '/v1/auth/organizations', { token });
    expect(listed.body.data).toHaveLength(2);
    const go = (organization_id: string) =>
      ground.api('POST', '/v1/auth/switch', { token, body: { organization_id } });
    const there = tokensOf(await go(second.id));
    expect((await me(there.access_token)).body).toMatchObject({
      organization: { id: second.id },
      user: { role: 'readonly' },
    });
    const foreign = await go((await ground.newPlace()).id);
    const random = await go(randomUUID());
    expect([foreign.status, foreign.body.code]).toEqual([404, 'organization_not_found']);
    expect({ ...foreign.body, requestId: '' }).toEqual({ ...random.body, requestId: '' });
    expect((await me(token)).body).toMatchObject({ organization: { id: tokens.organization.id } });
  });
});

describe('a new password', () => {
  it('ends every other session of the account in all organizations, and not the one that changed it', async () => {
    const { tokens, person, place } = await newAdmin();
    const second = await ground.newPlace();
    await second.join('user', person);
    const others = [await ground.signIn(person, second.slug), await ground.signIn(person, place.slug)];
    for (const { access_token } of others) expect((await me(access_token)).status).toBe(200);
    const body = { current_password: PASSWORD, new_password: 'seven quiet green windows' };
    const changed = await ground.api('POST', '/v1/auth/password', { token: tokens.access_token, body });
    expect(changed.status).toBe(200);
    for (const other of others) {
      await expectOver(other.access_token);
      expect((await refresh(other.refresh_token)).status).toBe(401);
    }
    expect((await me(tokens.access_token)).status).toBe(200);
    expect((await refresh(tokens.refresh_token)).status).toBe(200);
    await expect(ground.signIn(person, place.slug)).rejects.toThrow('sign_in_failed');
    await ground.signIn({ ...person, password: body.new_password }, place.slug);
    for (const at of [place, second]) expect(await at.events('account.password_changed')).toHaveLength(1);
  });

  it('ends them even if the server dies before their rows are closed', async () => {
    const { person, tokens, place } = await newAdmin();
    await ground.platformRows(
      'update accounts set password_changed_at = $2 where account_id = $1',
      person.accountId,
      new Date(ground.clock.now() + 1),
    );
    await place.rows("select pg_notify('insula', $1)", place.id);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await expectOver(tokens.access_token);
  });

  it('needs the current one, is not weak, and guessing it is slowed down', async () => {
    const { tokens } = await newAdmin();
    const change = (current_password: string, new_password: string) =>
      ground.api('POST', '/v1/auth/password', {
        token: tokens.access_token,
        body: { current_password, new_password },
      });
    expect((await change(PASSWORD, 'password2024!')).body.code).toBe('password_weak');
    for (let i = 0; i < 5; i++)
      expect((await change(`guess ${i}`, 'seven quiet green windows')).body.code).toBe('password_wrong');
    expect((await change(PASSWORD, 'seven quiet green windows')).body.code).toBe('sign_in_delayed');
  });
});
