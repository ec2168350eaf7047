import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLeases, type Lease, type Leases, limitKey } from './index.ts';

const redisUrl = process.env.TEST_REDIS_URL;
const redis = redisUrl ? new Redis(redisUrl, { lazyConnect: true }) : undefined;
const prefix = `insula:test:${randomUUID()}:`;
const log = { warn: () => {} };
beforeAll(() => redis?.connect());
afterAll(async () => {
  if (!redis) return;
  for (const key of await redis.keys(`${prefix}*`)) await redis.del(key);
  redis.disconnect();
});

const opened: Leases[] = [];
afterAll(() => {
  for (const leases of opened) leases.close();
});
async function open(kind: string, more: { leaseMs?: number; replicas?: () => number } = {}): Promise<Leases> {
  const link = kind === 'redis' && redis ? { redis, prefix, commandTimeoutMs: 5_000 } : {};
  const leases = createLeases({ log, ...link, ...more });
  opened.push(leases);
  const probe = [{ key: limitKey(randomUUID(), 'probe'), limit: 1 }];
  for (let tries = 0; kind === 'redis' && tries < 400; tries++) {
    const taken = leases.take(probe);
    const lease = await taken;
    if (!lease.refused) lease.release();
    if (taken instanceof Promise) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return leases;
}
const release = (lease: Lease) => !lease.refused && lease.release();

describe.each(redis ? ['memory', 'redis'] : ['memory'])('leases in %s', (kind) => {
  it('are as many as the cap at once, and free again when given back', async () => {
    const leases = await open(kind);
    const ask = { key: limitKey(randomUUID(), 'k'), limit: 3 };
    const all = await Promise.all(Array.from({ length: 10 }, () => leases.take([ask])));
    const taken = all.filter(({ refused }) => !refused);
    expect(taken).toHaveLength(3);
    expect(all.find(({ refused }) => refused)?.refused).toEqual(ask);
    release(taken[0]!);
    release(taken[0]!);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await leases.take([ask])).refused).toBeUndefined();
    expect((await leases.take([ask])).refused).toBeDefined();
  });

  it('are taken of all asks or of none', async () => {
    const leases = await open(kind);
    const organization = randomUUID();
    const wide = { key: limitKey(organization, 'wide'), limit: 2 };
    const narrow = { key: limitKey(organization, 'narrow'), limit: 1 };
    await leases.take([wide, narrow]);
    expect((await leases.take([wide, narrow])).refused).toEqual(narrow);
    expect((await leases.take([wide])).refused).toBeUndefined();
    expect((await leases.take([wide])).refused).toEqual(wide);
  });
});

describe.skipIf(!redis)('leases in Redis', () => {
  it('are shared by all replicas', async () => {
    const [one, other] = [await open('redis'), await open('redis')];
    const ask = { key: limitKey(randomUUID(), 'k'), limit: 1 };
    const lease = await one.take([ask]);
    expect((await other.take([ask])).refused).toEqual(ask);
    release(lease);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await other.take([ask])).refused).toBeUndefined();
  });

  it('of a killed replica end by themselves, of a living one they do not', async () => {
    const [dead, living, other] = [
      await open('redis', { leaseMs: 300 }),
      await open('redis', { leaseMs: 300 }),
      await open('redis'),
    ];
    const [lost, kept] = [limitKey(randomUUID(), 'k'), limitKey(randomUUID(), 'k')];
    await dead.take([{ key: lost, limit: 1 }]);
    await living.take([{ key: kept, limit: 1 }]);
    dead.close();
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect((await other.take([{ key: lost, limit: 1 }])).refused).toBeUndefined();
    expect((await other.take([{ key: kept, limit: 1 }])).refused).toBeDefined();
  });
});

it('without Redis that should be there each replica keeps to its share', async () => {
  const away = new Redis('redis://127.0.0.1:1', { lazyConnect: true, retryStrategy: () => null });
  away.on('error', () => {});
  const leases = createLeases({ log, redis: away, replicas: () => 3 });
  opened.push(leases);
  const ask = { key: limitKey(randomUUID(), 'k'), limit: 7 };
  const all = Array.from({ length: 7 }, () => leases.take([ask]) as Lease);
  expect(all.filter(({ refused }) => !refused)).toHaveLength(3);
  away.disconnect();
});
