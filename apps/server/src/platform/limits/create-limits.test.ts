import { randomUUID } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryCounters } from './create-memory-counters.ts';
import { createLimits, type Limits, type LimitsOptions, limitKey, type Verdict } from './index.ts';

const redisUrl = process.env.TEST_REDIS_URL;
const prefix = `insula:test:${randomUUID()}:`;
const words: string[] = [];
const log = {
  info: (_fields: object, message: string) => void words.push(message),
  warn: (_fields: object, message: string) => void words.push(message),
};
const wall = { now: () => Date.now() };
const closers: (() => void)[] = [];
afterEach(() => {
  words.length = 0;
  for (const close of closers.splice(0)) close();
});

const until = async (check: () => boolean) => {
  for (let tries = 0; !check(); tries++) {
    if (tries > 400) throw new Error('waited too long');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
const subject = (limit: number, seconds = 3600) => ({
  key: limitKey(randomUUID(), 'k'),
  windows: [{ seconds, limit }],
});

describe('limits in memory', () => {
  it('are synchronous', () => {
    const verdict = createLimits({ clock: wall, log }).take([subject(1)]);
    expect((verdict as Verdict).allowed).toBe(true);
  });

  it('cost a few microseconds at most for three subjects with three windows each', () => {
    const limits = createLimits({ clock: wall, log });
    const windows = [60, 3600, 86_400].map((seconds) => ({ seconds, limit: 1e9 }));
    const keys = Array.from({ length: 1000 }, () => limitKey(randomUUID(), 'k'));
    const subjects = keys.map((key, at) => [
      { key, windows },
      { key: keys[(at + 1) % 1000] as string, windows },
      { key: keys[(at + 2) % 1000] as string, windows },
    ]);
    for (const one of subjects) void limits.take(one);
    // The best of many rounds, so that a busy machine does not decide.
    let microseconds = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 50; round++) {
      const started = performance.now();
      for (const one of subjects) void limits.take(one);
      microseconds = Math.min(microseconds, performance.now() - started);
    }
    expect(microseconds).toBeLessThan(20);
  });

  it('hold a bounded number of keys, and let dead ones go first', () => {
    const counters = createMemoryCounters(100);
    for (let at = 0; at < 1000; at++) counters.take(0, [subject(1, 60)], 1);
    expect(counters.size()).toBe(100);
    for (let at = 0; at < 60; at++) counters.take(200_000, [subject(1, 60)], 1);
    expect(counters.size()).toBe(60);
  });
});

describe.runIf(redisUrl)('limits in Redis', () => {
  const url = redisUrl as string;
  const redis = new Redis(url, { lazyConnect: true });
  beforeAll(() => redis.connect());
  afterAll(async () => {
    for (const key of await redis.keys(`${prefix}*`)) await redis.del(key);
    redis.disconnect();
  });

  const open = async (options: Partial<LimitsOptions> = {}): Promise<Limits> => {
    const limits = createLimits({ redis, clock: wall, log, prefix, commandTimeoutMs: 5000, ...options });
    closers.push(limits.close);
    await until(limits.isShared);
    return limits;
  };

  it('decide every time as those in memory do', async () => {
    const step = fc.record({
      gapMs: fc.integer({ min: 0, max: 3000 }),
      cost: fc.integer({ min: 0, max: 4 }),
      subjects: fc.subarray([0, 1, 2], { minLength: 1 }),
      give: fc.boolean(),
    });
    const windows = [
      [
        { seconds: 1, limit: 3 },
        { seconds: 7, limit: 9 },
      ],
      [{ seconds: 3, limit: 7 }],
      [{ seconds: 2, limit: 5 }],
    ];
    const clock = { ms: Date.UTC(2030, 0, 1), now: () => clock.ms };
    const shared = await open({ clock, time: 'clock' });
    const alone = createLimits({ clock, log });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        const organization = randomUUID();
        for (const { gapMs, cost, subjects, give } of steps) {
          clock.ms += gapMs;
          const asked = subjects.map((at) => ({
            key: limitKey(organization, String(at)),
            windows: windows[at] ?? [],
          }));
          if (give) await Promise.all([shared.count(asked, -cost), alone.count(asked, -cost)]);
          else expect(await shared.take(asked, cost)).toEqual(await alone.take(asked, cost));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('let through exactly the limit when replicas ask at once, whatever their clocks say', async () => {
    const replicas = await Promise.all(
      [0, 3_600_000, -86_400_000].map((offMs) => open({ clock: { now: () => Date.now() + offMs } })),
    );
    const one = subject(50, 86_400);
    const verdicts = await Promise.all(
      Array.from({ length: 200 }, (_, at) => (replicas[at % 3] as Limits).take([one])),
    );
    expect(verdicts.filter((verdict) => verdict.allowed)).toHaveLength(50);
  });

  it('leave nothing behind: every key expires, and not before its longest window is over', async () => {
    const limits = await open();
    const key = limitKey(randomUUID(), 'k');
    const windows = [
      { seconds: 60, limit: 9 },
      { seconds: 86_400, limit: 9 },
    ];
    await limits.take([{ key, windows }]);
    await limits.take([{ key, windows: windows.slice(0, 1) }]);
    const ttlMs = await redis.pttl(prefix + key);
    expect(ttlMs).toBeGreaterThan(86_400_000);
    expect(ttlMs).toBeLessThanOrEqual(2 * 86_400_000);
  });

  describe('that is gone', () => {
    /** A wire to Redis that can be cut, or left silent. */
    async function wire() {
      const sockets = new Set<Socket>();
      const target = new URL(url);
      const server = createServer((client) => {
        const upstream = connect(Number(target.port || 6379), target.hostname);
        for (const socket of [client, upstream]) {
          sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
        }
        client.on('data', (chunk) => void upstream.write(chunk));
        upstream.on('data', (chunk) => void client.write(chunk));
        client.on('close', () => upstream.destroy());
      });
      const listen = (port: number) =>
        new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      await listen(0);
      const { port } = server.address() as { port: number };
      const client = new Redis(port, '127.0.0.1', { lazyConnect: true });
      closers.push(() => {
        client.disconnect();
        server.close();
        for (const socket of sockets) socket.destroy();
      });
      return {
        client,
        cut() {
          server.close();
          for (const socket of sockets) socket.destroy();
        },
        restore: () => listen(port),
        hush: () => {
          for (const socket of sockets) socket.pause();
        },
      };
    }
    const count = async (limits: Limits, calls: number, one: ReturnType<typeof subject>) => {
      const verdicts: Verdict[] = [];
      for (let call = 0; call < calls; call++) verdicts.push(await limits.take([one]));
      return verdicts.filter((verdict) => verdict.allowed).length;
    };

    it('leaves each replica its share of the limit, and is used again once it is back', async () => {
      const link = await wire();
      const limits = await open({ redis: link.client, replicas: () => 4, retryAfterMs: 50 });
      link.cut();
      await until(() => !limits.isShared());
      expect(await count(limits, 300, subject(100))).toBe(25);
      // A large call still finds its way while nothing else was counted, and only once.
      const large = subject(100);
      expect([await limits.take([large], 80), await limits.take([large], 80)]).toMatchObject([
        { allowed: true },
        { allowed: false },
      ]);
      expect(words).toEqual([expect.stringContaining('alone')]);
      await link.restore();
      await until(limits.isShared);
      const one = subject(100);
      expect(await count(limits, 120, one)).toBe(100);
      expect(await redis.exists(prefix + one.key)).toBe(1);
      expect(words).toEqual([expect.stringContaining('alone'), expect.stringContaining('again')]);
    });

    it('holds nobody up when it is silent: one short wait, then none', async () => {
      const link = await wire();
      const limits = await open({ redis: link.client, replicas: () => 2, commandTimeoutMs: 400 });
      link.hush();
      const one = subject(10);
      const started = performance.now();
      expect(await count(limits, 100, one)).toBe(5);
      expect(performance.now() - started).toBeLessThan(2000);
      expect(limits.take([one])).not.toBeInstanceOf(Promise);
      // The silent connection is given up and a new one made, without anybody's doing.
      const other = subject(10);
      await until(() => limits.isShared());
      expect(await count(limits, 20, other)).toBe(10);
      expect(await redis.hget(prefix + other.key, '3600')).toMatch(/ 10$/);
    });

    it('from the start still leaves a limit', async () => {
      const client = new Redis(1, '127.0.0.1', { lazyConnect: true });
      const limits = createLimits({ redis: client, clock: wall, log, replicas: () => 2 });
      closers.push(limits.close, () => client.disconnect());
      expect(await count(limits, 50, subject(10))).toBe(5);
      await until(() => words.length > 0);
    });
  });
});
