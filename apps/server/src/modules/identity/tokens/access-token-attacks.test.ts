// Access tokens: whatever is not exactly ours is answered 401, on every carrier.
import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type IdentityGround,
  openIdentityGround,
  type Place,
  type Tokens,
} from '../../../../test/open-identity-ground.ts';

let ground: IdentityGround;
let place: Place;
let ann: { memberId: string; email: string; password: string };
let tokens: Tokens;
let header: Record<string, unknown>;
let payload: Record<string, unknown>;

beforeAll(async () => {
  ground = await openIdentityGround();
  place = await ground.newPlace();
  ann = await place.join('admin');
  tokens = await ground.signIn(ann);
  [header, payload] = tokens.access_token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString())) as [
    Record<string, unknown>,
    Record<string, unknown>,
  ];
});
afterAll(() => ground?.close());

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const me = (token: string) => ground.api('GET', '/v1/auth/me', { token });
/** A token of ours with other claims, header or key. */
const forge = (
  change: {
    claims?: Record<string, unknown>;
    header?: Record<string, unknown>;
    key?: Parameters<SignJWT['sign']>[0];
  } = {},
) =>
  new SignJWT({ ...payload, ...change.claims })
    .setProtectedHeader({ ...header, ...change.header } as { alg: string })
    .sign(change.key ?? ground.app.signer.privateKey);

describe('an access token', () => {
  it('carries the claims of the product and is signed with the published key', async () => {
    const now = Math.floor(Date.now() / 1_000);
    expect(payload).toMatchObject({ sub: ann.memberId, tid: place.id, role: 'admin' });
    expect(payload.permissions).toContain('members:write');
    expect(Number(payload.exp) - Number(payload.iat)).toBeLessThanOrEqual(3_600);
    expect(Math.abs(Number(payload.iat) - now)).toBeLessThan(10);
    const published = await ground.api('GET', '/.well-known/jwks.json');
    expect(published.body).toEqual({ keys: [ground.app.signer.jwk()] });
    expect(published.text).not.toContain('"d"');
    expect((await me(await forge())).status).toBe(200);
  });

  it('is refused with any other header: none, HMAC with the public key, foreign keys and addresses of keys', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = ground.app.signer.publicKey.export({ type: 'spki', format: 'pem' });
    const raw = Buffer.from(ground.app.signer.jwk().x, 'base64url');
    const hmac = (key: Buffer | string) => {
      const text = `${part({ ...header, alg: 'HS256' })}.${part(payload)}`;
      return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
    };
    const [, body, signature] = tokens.access_token.split('.');
    const attacks: Record<string, string> = {
      none: `${part({ alg: 'none', typ: 'JWT' })}.${body}.`,
      'none with our kid': `${part({ ...header, alg: 'none' })}.${body}.${signature}`,
      'HS256 with the PEM': hmac(pem as string),
      'HS256 with the raw key': hmac(raw),
      'another key': await forge({ key: privateKey }),
      'kid of a file': await forge({ header: { kid: '../../../../dev/null' } }),
      'kid of SQL': await forge({ header: { kid: "' or 1=1 --" } }),
      'no kid': await forge({ header: { kid: undefined } }),
      jku: await forge({ header: { jku: 'http://127.0.0.1:1/jwks.json' } }),
      x5u: await forge({ header: { x5u: 'http://127.0.0.1:1/cert' } }),
      jwk: await forge({ header: { jwk: ground.app.signer.jwk() } }),
      crit: await forge({ header: { crit: ['b64'], b64: true } }),
      'another type': await forge({ header: { typ: 'at+jwt' } }),
      'no type': await forge({ header: { typ: undefined } }),
      tampered: `${tokens.access_token.split('.')[0]}.${part({ ...payload, sub: randomUUID() })}.${signature}`,
      'no signature': `${tokens.access_token.split('.')[0]}.${body}.`,
    };
    for (const [name, token] of Object.entries(attacks)) {
      const answer = await me(token);
      expect([name, answer.status, answer.body.code]).toEqual([name, 401, 'unauthenticated']);
    }
  });

  it('is refused with any other claims: organization, session, issuer, age', async () => {
    const now = Math.floor(ground.clock.now() / 1_000);
    const other = await ground.newPlace();
    const bob = await ground.signIn(await other.join('admin'));
    const wrong: Record<string, Record<string, unknown>> = {
      'no tid': { tid: undefined },
      'null tid': { tid: null },
      'list of tids': { tid: [place.id] },
      'another tid': { tid: other.id },
      'random tid': { tid: randomUUID() },
      'no sid': { sid: undefined },
      'random sid': { sid: randomUUID() },
      'no sub': { sub: undefined },
      'somebody else': { sub: bob.user.id },
      'a colleague': { sub: (await place.join('user')).memberId },
      'random sub': { sub: randomUUID() },
      'another issuer': { iss: 'https://issuer.example' },
      'no issuer': { iss: undefined },
      'no expiry': { exp: undefined },
      expired: { exp: now - 60, iat: now - 3_660 },
      'expiry in words': { exp: 'never' },
      'too old': { iat: now - 7_200, exp: now + 60 },
      'from the future': { iat: now + 600, exp: now + 3_600 },
      'not yet': { nbf: now + 600 },
      'no age': { iat: undefined },
    };
    for (const [name, claims] of Object.entries(wrong)) {
      const answer = await me(await forge({ claims }));
      expect([name, answer.status]).toEqual([name, 401]);
    }
  });

  it('grants nothing by its claims: role and permissions are read from the member', async () => {
    const reader = await place.join('readonly');
    const { access_token } = await ground.signIn(reader);
    const own = JSON.parse(Buffer.from(access_token.split('.')[1]!, 'base64url').toString()) as object;
    const token = await forge({ claims: { ...own, role: 'admin', permissions: payload.permissions } });
    const answer = await me(token);
    expect(answer.status).toBe(200);
    expect(answer.body.permissions).not.toContain('members:write');
    expect((await ground.api('GET', `/v1/organizations/${place.id}/members`, { token })).status).toBe(403);
  });

  it('stops at its expiry although it was remembered', async () => {
    const { access_token: token } = await ground.signIn(ann);
    expect((await me(token)).status).toBe(200);
    ground.clock.advance(3_590_000);
    expect((await me(token)).status).toBe(200);
    ground.clock.advance(30_000);
    expect((await me(token)).status).toBe(401);
  });
});

describe('a credential', () => {
  it('is taken from every carrier, and only one of them', async () => {
    const { access_token: token } = await ground.signIn(ann);
    const ask = (headers: Record<string, string>) => ground.api('GET', '/v1/auth/me', { headers });
    for (const headers of [
      { authorization: `Bearer ${token}` },
      { authorization: `bearer ${token}` },
      { 'x-api-key': token },
      { 'api-key': token },
      { 'x-api-key': token, authorization: `Bearer ${token}` },
    ])
      expect((await ask(headers as Record<string, string>)).status).toBe(200);
    const key = `insula_live_${'0'.repeat(62)}`;
    for (const headers of [
      {},
      { authorization: `Basic ${Buffer.from(`${ann.email}:${ann.password}`).toString('base64')}` },
      { authorization: token },
      { authorization: `Bearer ${token}`, 'x-api-key': key },
      { authorization: `Bearer ${key}`, 'x-api-key': token },
      { 'x-api-key': key, 'api-key': token },
      { 'x-api-key': token, 'api-key': key },
      { authorization: 'Bearer null' },
    ])
      expect((await ask(headers as Record<string, string>)).status).toBe(401);
  });

  it('is never null, empty, a list or an object', async () => {
    const wrong = [
      '',
      ' ',
      'null',
      'undefined',
      '[]',
      '{}',
      '[null]',
      '{"token":null}',
      'true',
      '0',
      '..',
      'a.b.c',
      '.',
    ];
    wrong.push(
      `${'a'.repeat(9_000)}.b.c`,
      `insula_live_${'!'.repeat(62)}`,
      'insula_live_',
      tokens.refresh_token,
    );
    for (const text of wrong) {
      for (const headers of [
        { authorization: `Bearer ${text}` },
        { 'x-api-key': text },
        { 'api-key': text },
      ]) {
        const answer = await ground.api('GET', '/v1/auth/me', { headers: headers as Record<string, string> });
        expect([text.slice(0, 20), answer.status]).toEqual([text.slice(0, 20), 401]);
        expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
      }
    }
  });

  it('is not lent to pages elsewhere: no Origin is reflected', async () => {
    const { access_token: token } = await ground.signIn(ann);
    const hosts = [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'null',
      'insula.evil.example',
    ];
    const origins = hosts.flatMap((host) => [
      host,
      ...['http', 'https', 'file', 'app', 'chrome-extension', 'HTTP'].map((scheme) => `${scheme}://${host}`),
      `https://user@${host}`,
      `https://${host}:8443`,
      `https://${host}.`,
    ]);
    expect(origins.length).toBeGreaterThanOrEqual(50);
    for (const origin of origins) {
      for (const [method, path] of [
        ['GET', '/v1/auth/me'],
        ['OPTIONS', '/v1/auth/login'],
      ] as const) {
        const answer = await ground.api(method, path, {
          token,
          headers: { origin, 'access-control-request-method': 'POST' },
        });
        const allowed = [...answer.headers.keys()].filter((name) => name.startsWith('access-control-'));
        expect([origin, allowed]).toEqual([origin, []]);
      }
    }
  });
});
