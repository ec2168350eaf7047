// Brute force: guesses become slow, the owner of the account does not.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IdentityGround, openIdentityGround, PASSWORD } from '../../../../test/open-identity-ground.ts';
import { countAttempt, delayAfter, forgiveRightAttempt } from './count-attempt.ts';

let ground: IdentityGround;
beforeAll(async () => {
  ground = await openIdentityGround();
});
afterAll(() => ground?.close());

const nowMs = Date.UTC(2026, 0, 1);
const count = (email: string, ip: string, at = nowMs) =>
  ground.app.db.asPlatform(null, (tx) => countAttempt(tx, { email, ip, nowMs: at }));

describe('attempts to sign in', () => {
  it('wait longer and longer after five, at most 15 minutes', () => {
    const delays = [1, 4, 5, 6, 7, 14, 15, 100].map((failures) => delayAfter(failures, 'account') / 1_000);
    expect(delays).toEqual([0, 0, 1, 2, 4, 512, 900, 900]);
  });

  it('are counted before they are judged: of a burst of 40 only five get a hash', async () => {
    const place = await ground.newPlace();
    const ann = await place.join('user');
    const before = ground.app.identity.passwords.computed();
    ground.clock.stand(true);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        ground.api('POST', '/v1/auth/login', { body: { email: ann.email, password: `guess number ${i}` } }),
      ),
    );
    ground.clock.stand(false);
    const statuses = answers.map((answer) => answer.status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(35);
    expect(ground.app.identity.passwords.computed() - before).toBe(5);
    const late = answers.find((answer) => answer.status === 429)!;
    expect(late.body.code).toBe('sign_in_delayed');
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
    const reasons = (await place.events('sign_in.denied')).map((event) => event.details.reason);
    expect(reasons.filter((reason) => reason === 'password')).toHaveLength(5);
    expect(reasons.filter((reason) => reason === 'delayed')).toHaveLength(1);
  });

  it('open again with the right password once the delay is over', async () => {
    const ann = await (await ground.newPlace()).join('user');
    const login = (password: string) =>
      ground.api('POST', '/v1/auth/login', { body: { email: ann.email, password } });
    for (let i = 0; i < 5; i++) await login('wrong wrong wrong');
    expect((await login(PASSWORD)).status).toBe(429);
    ground.clock.advance(2_000);
    expect((await login(PASSWORD)).status).toBe(200);
  });

  it('of strangers do not keep the owner out who has signed in from this address before', async () => {
    const email = `ann-${randomUUID()}@example.com`;
    const home = '198.51.100.7';
    const first = await count(email, home);
    await ground.app.db.asPlatform(null, (tx) => forgiveRightAttempt(tx, { email, ip: home, nowMs }, first));
    for (let i = 0; i < 30; i++) await count(email, `203.0.113.${i}`);
    expect((await count(email, '203.0.113.99')).retryAfterSeconds).toBeGreaterThan(0);
    expect((await count(email, home)).retryAfterSeconds).toBe(0);
  });

  it('are slowed down from a known address as well', async () => {
    const email = `ann-${randomUUID()}@example.com`;
    const home = '198.51.100.8';
    const first = await count(email, home);
    await ground.app.db.asPlatform(null, (tx) => forgiveRightAttempt(tx, { email, ip: home, nowMs }, first));
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) waits.push((await count(email, home)).retryAfterSeconds);
    expect(waits.map((wait) => wait > 0)).toEqual([false, false, false, false, false, true, true]);
  });

  it('are counted by network address too, whatever account they name', async () => {
    const waits: number[] = [];
    for (let i = 0; i < 31; i++)
      waits.push((await count(`a${randomUUID()}`, '203.0.113.200')).retryAfterSeconds);
    expect(waits.slice(0, 30).every((wait) => wait === 0)).toBe(true);
    expect(waits[30]).toBeGreaterThan(0);
    for (let i = 0; i < 31; i++) await count(`b${randomUUID()}`, `2001:db8:0:7::${i.toString(16)}`);
    expect((await count('c', '2001:0db8::7:1:2:3:4')).retryAfterSeconds).toBeGreaterThan(0);
    expect((await count('c', '2001:db8:0:8::1')).retryAfterSeconds).toBe(0);
  });

  it('are forgotten after a day without one', async () => {
    const email = `ann-${randomUUID()}@example.com`;
    for (let i = 0; i < 5; i++) await count(email, `192.0.2.${i}`);
    expect((await count(email, '192.0.2.50')).retryAfterSeconds).toBeGreaterThan(0);
    const tomorrow = nowMs + 25 * 3_600_000;
    for (let i = 0; i < 4; i++)
      expect((await count(email, '192.0.2.51', tomorrow)).retryAfterSeconds).toBe(0);
  });
});
