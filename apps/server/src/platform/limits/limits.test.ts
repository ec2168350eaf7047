import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLimits, type Limits, type LimitsOptions, limitKey, MONTH, type Verdict } from './index.ts';

const redisUrl = process.env.TEST_REDIS_URL;
const log = { info: () => {}, warn: () => {} };
const start = Date.UTC(2030, 0, 1);
const redis = redisUrl ? new Redis(redisUrl, { lazyConnect: true }) : undefined;
const prefix = `insula:test:${randomUUID()}:`;

beforeAll(() => redis?.connect());
afterAll(async () => {
  if (!redis) return;
  for (const key of await redis.keys(`${prefix}*`)) await redis.del(key);
  redis.disconnect();
});

/** Limits on a still clock; the shared ones once their connection stands. */
async function open(kind: string, options: Partial<LimitsOptions> = {}) {
  const clock = { ms: start, now: () => clock.ms };
  const link =
    kind === 'redis' && redis ? { redis, time: 'clock' as const, prefix, commandTimeoutMs: 5000 } : {};
  const limits = createLimits({ clock, log, ...link, ...options });
  while (kind === 'redis' && !limits.isShared()) await new Promise((resolve) => setTimeout(resolve, 5));
  const take = async (key: string, windows: [number, number][], cost?: number): Promise<Verdict> =>
    limits.take([{ key, windows: windows.map(([seconds, limit]) => ({ seconds, limit })) }], cost);
  return { limits, clock, take };
}
const subject = () => limitKey(randomUUID(), 'api_key', 'k');

describe.each(redis ? ['memory', 'redis'] : ['memory'])('limits in %s', (kind) => {
  const opened: Limits[] = [];
  const make = async (options?: Partial<LimitsOptions>) => {
    const made = await open(kind, options);
    opened.push(made.limits);
    return made;
  };
  afterAll(() => {
    for (const limits of opened) limits.close();
  });

  it('allow exactly the limit, and say what is left and when to come again', async () => {
    const { take, clock } = await make();
    const key = subject();
    clock.ms += 10_000;
    expect(await take(key, [[60, 3]])).toMatchObject({
      allowed: true,
      limit: 3,
      remaining: 2,
      resetSeconds: 50,
      retryAfterSeconds: 0,
    });
    await take(key, [[60, 3]]);
    expect((await take(key, [[60, 3]])).remaining).toBe(0);
    expect(await take(key, [[60, 3]])).toMatchObject({
      allowed: false,
      limit: 3,
      remaining: 0,
      resetSeconds: 50,
      retryAfterSeconds: 70,
      violated: { key, seconds: 60 },
    });
    clock.ms += 69_000;
    expect((await take(key, [[60, 3]])).allowed).toBe(false);
    clock.ms += 1_000;
    expect((await take(key, [[60, 3]])).allowed).toBe(true);
  });

  it('cut months where the calendar cuts them, and forget the one before', async () => {
    const { take, clock } = await make();
    const key = subject();
    clock.ms = Date.UTC(2028, 1, 29, 23, 59, 0); // the last minute of a leap year's February
    expect((await take(key, [[MONTH, 2]], 2)).remaining).toBe(0);
    const refused = await take(key, [[MONTH, 2]]);
    expect(refused).toMatchObject({ allowed: false, retryAfterSeconds: 60, resetSeconds: 60 });
    clock.ms += 60_000;
    expect(await take(key, [[MONTH, 2]], 2)).toMatchObject({ allowed: true, resetSeconds: 31 * 86_400 });
    clock.ms = Date.UTC(2028, 2, 31, 23, 59, 59);
    expect(await take(key, [[MONTH, 2]])).toMatchObject({ allowed: false, retryAfterSeconds: 1 });
  });

  it('tell how each window stands', async () => {
    const { take } = await make();
    const { windows } = await take(subject(), [
      [60, 5],
      [3600, 9],
    ]);
    expect(windows.map(({ seconds, limit, remaining }) => [seconds, limit, remaining])).toEqual([
      [60, 5, 4],
      [3600, 9, 8],
    ]);
  });

  it('do not forget the window that has just ended', async () => {
    const { take, clock } = await make();
    const key = subject();
    clock.ms += 59_000;
    await take(key, [[60, 10]], 10);
    clock.ms += 1_000;
    expect((await take(key, [[60, 10]])).allowed).toBe(false);
    clock.ms += 30_000;
    expect((await take(key, [[60, 10]], 5)).allowed).toBe(true);
    expect((await take(key, [[60, 10]])).allowed).toBe(false);
    clock.ms += 120_000;
    expect((await take(key, [[60, 10]], 10)).remaining).toBe(0);
  });

  it('count nothing anywhere when one subject or window refuses', async () => {
    const { limits, take } = await make();
    const organization = randomUUID();
    const [one, two] = [limitKey(organization, 'a'), limitKey(organization, 'b')];
    const both = (cost: number) =>
      limits.take(
        [
          { key: one, windows: [{ seconds: 60, limit: 5 }] },
          {
            key: two,
            windows: [
              { seconds: 1, limit: 100 },
              { seconds: 3600, limit: 2 },
            ],
          },
        ],
        cost,
      );
    expect(await both(2)).toMatchObject({ allowed: true, limit: 2, remaining: 0 });
    expect(await both(1)).toMatchObject({ allowed: false, limit: 2, violated: { key: two, seconds: 3600 } });
    expect((await take(one, [[60, 5]], 0)).remaining).toBe(3);
    expect((await take(two, [[1, 100]], 0)).remaining).toBe(98);
  });

  it('take a cost of its own for each subject, so that requests and tokens are admitted together', async () => {
    const { limits, take } = await make();
    const organization = randomUUID();
    const [requests, tokens] = [limitKey(organization, 'requests'), limitKey(organization, 'tokens')];
    const admit = (cost: number) =>
      limits.take([
        { key: requests, windows: [{ seconds: 60, limit: 10 }] },
        { key: tokens, windows: [{ seconds: 60, limit: 1000 }], cost },
      ]);
    expect((await admit(900)).allowed).toBe(true);
    expect(await admit(200)).toMatchObject({ allowed: false, violated: { key: tokens } });
    expect((await take(requests, [[60, 10]], 0)).remaining).toBe(9);
  });

  it('count afterwards what was not known before, and give back what was taken too much', async () => {
    const { limits, take } = await make();
    const key = subject();
    const windows = [{ seconds: 60, limit: 100 }];
    await take(key, [[60, 100]], 50);
    await limits.count([{ key, windows }], -20);
    expect((await take(key, [[60, 100]], 0)).remaining).toBe(70);
    await limits.count([{ key, windows }], 500);
    expect((await take(key, [[60, 100]])).allowed).toBe(false);
    await limits.count([{ key, windows }], -10_000);
    expect((await take(key, [[60, 100]], 0)).remaining).toBe(100);
  });

  it('never allow what is larger than the limit, and allow anything where there is none', async () => {
    const { limits, take } = await make();
    expect(await take(subject(), [[60, 5]], 6)).toMatchObject({ allowed: false, retryAfterSeconds: 60 });
    expect(await take(subject(), [[60, 0]])).toMatchObject({ allowed: false, remaining: 0 });
    expect((await limits.take([])).allowed).toBe(true);
    expect((await take(subject(), [])).allowed).toBe(true);
  });

  it('refuse to count what is no number', async () => {
    const { take } = await make();
    for (const cost of [Number.NaN, Infinity, -1, 0.5, 2 ** 53]) {
      await expect(take(subject(), [[60, 5]], cost)).rejects.toThrow(RangeError);
    }
    for (const window of [
      [60, Number.NaN],
      [60, -1],
      [0, 5],
      [0.5, 5],
      [Number.NaN, 5],
      [60, Infinity],
    ]) {
      await expect(take(subject(), [window as [number, number]])).rejects.toThrow(RangeError);
    }
  });

  it('stay with the newer window when the clock steps back a little', async () => {
    const { take, clock } = await make();
    const key = subject();
    clock.ms += 60_000;
    await take(key, [[60, 3]], 3);
    clock.ms -= 1_000;
    expect((await take(key, [[60, 3]])).allowed).toBe(false);
  });

  it('change with the plan without losing what was counted', async () => {
    const { take } = await make();
    const key = subject();
    await take(key, [[60, 100]], 60);
    expect((await take(key, [[60, 50]])).allowed).toBe(false);
    const verdict = await take(key, [
      [60, 1000],
      [3600, 5000],
    ]);
    expect(verdict).toMatchObject({ allowed: true, remaining: 939 });
  });

  it('keep to their bound for any traffic: no stretch of d windows passes more than limit × (1 + d)', async () => {
    const gaps = fc.array(fc.tuple(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 1, max: 3 })), {
      minLength: 5,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(gaps, fc.integer({ min: 1, max: 8 }), async (arrivals, limit) => {
        const { take, clock } = await make();
        const key = subject();
        const passed: { at: number; cost: number }[] = [];
        for (const [gapMs, cost] of arrivals) {
          clock.ms += gapMs;
          if ((await take(key, [[10, limit]], cost)).allowed) passed.push({ at: clock.ms, cost });
        }
        for (const [from, first] of passed.entries()) {
          let sum = 0;
          for (const { at, cost } of passed.slice(from)) {
            sum += cost;
            expect(sum).toBeLessThanOrEqual(limit * (1 + (at - first.at) / 10_000) + 1e-6);
          }
        }
      }),
      { numRuns: kind === 'memory' ? 200 : 10 },
    );
  });

  it('tell a wait after which the call passes, and before which it does not', async () => {
    const arrivals = fc.array(fc.tuple(fc.integer({ min: 0, max: 9000 }), fc.integer({ min: 1, max: 5 })), {
      minLength: 3,
      maxLength: 15,
    });
    await fc.assert(
      fc.asyncProperty(arrivals, async (traffic) => {
        const { take, clock } = await make();
        const key = subject();
        for (const [gapMs, cost] of traffic) {
          clock.ms += gapMs;
          const verdict = await take(key, [[10, 7]], cost);
          if (verdict.allowed) continue;
          clock.ms += Math.max(0, verdict.retryAfterSeconds * 1000 - 1001);
          if (verdict.retryAfterSeconds > 1) expect((await take(key, [[10, 7]], cost)).allowed).toBe(false);
          clock.ms += 1001;
          expect((await take(key, [[10, 7]], cost)).allowed).toBe(true);
        }
      }),
      { numRuns: kind === 'memory' ? 200 : 10 },
    );
  });
});

it('a limit in memory takes over what is known from before the start, once', async () => {
  const { limits, clock, take } = await open('memory');
  const key = subject();
  expect(limits.isBlank(key, MONTH)).toBe(true);
  limits.restore({ key, seconds: MONTH, used: 7 });
  expect(limits.isBlank(key, MONTH)).toBe(false);
  limits.restore({ key, seconds: MONTH, used: 9 });
  expect((await take(key, [[MONTH, 10]])).remaining).toBe(2);
  clock.ms += 31 * 86_400_000;
  expect((await take(key, [[MONTH, 10]])).remaining).toBe(9);
  limits.close();
});

describe('the key of a limit', () => {
  const question = fc.tuple(
    fc.uuid(),
    fc.array(fc.string({ unit: 'binary', maxLength: 12 }), { maxLength: 4 }),
  );
  // Built from each other's punctuation, where collisions would live; lone surrogates are equal once they are UTF-8.
  const nasty = fc.tuple(
    fc.constantFrom('018f0000-0000-7000-8000-000000000001', '018f0000-0000-7000-8000-000000000002'),
    fc.array(
      fc.string({
        unit: fc.constantFrom(':', '1', '2', '~', '{', '}', '"', '\\', 'u', 'd800', '\ud800', '\udfff'),
      }),
      { maxLength: 4 },
    ),
  );

  it.each([
    ['any', question],
    ['hostile', nasty],
  ])('is never shared by two different questions (%s)', (_kind, questions) => {
    const bytesOf = ([organization, parts]: [string, string[]]) =>
      Buffer.from(limitKey(organization, ...parts)).toString('hex');
    fc.assert(
      fc.property(questions, questions, (one, two) => {
        expect(bytesOf(one) === bytesOf(two)).toBe(JSON.stringify(one) === JSON.stringify(two));
      }),
      { numRuns: 5000 },
    );
  });

  it('tells halves of characters apart, which are one and the same to Redis', () => {
    const id = randomUUID();
    const keys = ['\ud800', '\udfff', '\ufffd', '"\\ud800"', '~8:"\\ud800"'].map((part) =>
      limitKey(id, part),
    );
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(5);
  });

  it('begins with the organization, which cannot be anything else', () => {
    const id = randomUUID();
    expect(limitKey(id, 'api_key', 'a:b')).toBe(`{${id}}:7:api_key:3:a:b`);
    for (const bad of ['', '*', `${id}}`, id.toUpperCase(), ` ${id}`])
      expect(() => limitKey(bad, 'x')).toThrow();
  });
});
