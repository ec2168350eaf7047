// How many things are under way at once: a lease for each, given back when it is done. With Redis all replicas count together,
// and the leases of a killed one end by themselves; when Redis is gone each replica counts its own against its share. Never
// unlimited, never down.
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { connectPatiently } from './connect-patiently.ts';
import { leaseScript } from './lease-script.ts';

export type LeasesOptions = {
  redis?: Redis;
  log: { warn(fields: object, message: string): void };
  /** How many replicas share a cap while Redis is gone. Default 1. */
  replicas?: () => number;
  /** How long a lease holds that nobody renews. Default 30 s. */
  leaseMs?: number;
  /** How long Redis may take for an answer. Default 250 ms. */
  commandTimeoutMs?: number;
  /** How long Redis is left alone after it failed. Default 1 s. */
  retryAfterMs?: number;
  /** Default `insula:leases:`. */
  prefix?: string;
};

/** At most `limit` (from 1) under way at once; `key` comes from `limitKey`. */
export type LeaseAsk = { key: string; limit: number };
/** Taken: `release` gives it back, once. Not taken: `refused` is the ask without room. */
export type Lease = { release(): void; refused?: undefined } | { refused: LeaseAsk };

export type Leases = {
  /** Takes all or none; all asks belong to one organization. A promise only while Redis counts. */
  take(asks: readonly LeaseAsk[]): Lease | Promise<Lease>;
  close(): void;
};

/** Makes the leases of this process. */
export function createLeases(options: LeasesOptions): Leases {
  const { replicas = () => 1 } = options;
  const own = new Map<string, number>();
  const shared = options.redis ? openShared({ ...options, redis: options.redis }) : undefined;

  function count(asks: readonly LeaseAsk[], by: 1 | -1): void {
    for (const { key } of asks) {
      const now = (own.get(key) ?? 0) + by;
      if (now > 0) own.set(key, now);
      else own.delete(key);
    }
  }
  function hold(asks: readonly LeaseAsk[], giveBack?: () => void): Lease {
    count(asks, 1);
    let over = false;
    return {
      release() {
        if (over) return;
        over = true;
        count(asks, -1);
        giveBack?.();
      },
    };
  }
  function takeAlone(asks: readonly LeaseAsk[]): Lease {
    const share = shared ? Math.max(1, replicas()) : 1;
    const refused = asks.find(({ key, limit }) => (own.get(key) ?? 0) >= Math.ceil(limit / share));
    return refused ? { refused } : hold(asks);
  }

  return {
    take(asks) {
      if (asks.length === 0) return FREE;
      if (!shared?.isReady()) return takeAlone(asks);
      return shared.take(asks).then(
        ({ refused, giveBack }) => (refused ? { refused } : hold(asks, giveBack)),
        () => takeAlone(asks),
      );
    },
    close: () => shared?.close(),
  };
}

const FREE: Lease = { release: () => {} };

type Scripted = Redis & { takeLeases(keyCount: number, ...args: (string | number)[]): Promise<number> };
type Held = { asks: readonly LeaseAsk[]; id: string };

function openShared(options: LeasesOptions & { redis: Redis }) {
  const { log, leaseMs = 30_000, retryAfterMs = 1_000, prefix = 'insula:leases:' } = options;
  const { commandTimeoutMs = 250 } = options;
  let trustedFrom = 0;
  const failed = (error: Error) => {
    if (performance.now() >= trustedFrom)
      log.warn({ error: error.message }, 'Redis does not answer; this replica counts calls at once alone');
    trustedFrom = performance.now() + retryAfterMs;
  };
  const { client, close } = connectPatiently({ redis: options.redis, commandTimeoutMs, onLost: failed });
  client.defineCommand('takeLeases', { lua: leaseScript });
  const held = new Set<Held>();
  const run = (asks: readonly LeaseAsk[], mode: 'take' | 'renew' | 'release', id: string) =>
    (client as Scripted).takeLeases(
      asks.length,
      ...asks.map(({ key }) => prefix + key),
      mode,
      id,
      leaseMs,
      ...asks.map(({ limit }) => limit),
    );
  const timer = setInterval(() => {
    if (client.status === 'ready') for (const { asks, id } of held) run(asks, 'renew', id).catch(failed);
  }, leaseMs / 3).unref();

  return {
    isReady: () => client.status === 'ready' && performance.now() >= trustedFrom,
    async take(asks: readonly LeaseAsk[]): Promise<{ refused?: LeaseAsk; giveBack?: () => void }> {
      const lease = { asks, id: randomUUID() };
      const full = await run(asks, 'take', lease.id).catch((error: Error) => {
        failed(error);
        // It may have been taken all the same; then it ends with this, or by itself.
        run(asks, 'release', lease.id).catch(() => {});
        throw error;
      });
      const refused = asks[full - 1];
      if (refused) return { refused };
      held.add(lease);
      const giveBack = () => {
        held.delete(lease);
        run(asks, 'release', lease.id).catch(() => {});
      };
      return { giveBack };
    },
    close() {
      clearInterval(timer);
      close();
    },
  };
}
