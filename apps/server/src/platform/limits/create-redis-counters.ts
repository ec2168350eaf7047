// Counters shared by all replicas: one round trip a call. Has a connection of its own, with short patience, because a
// limit that waits for Redis would be an outage of its own.
import type { Redis } from 'ioredis';
import { judge, type LimitSubject, type Reading, type Verdict } from './sliding-window.ts';
import { takeScript } from './take-script.ts';

export type RedisCounters = {
  /** Whether the connection stands; if not, a call would fail at once. */
  isReady(): boolean;
  take(subjects: readonly LimitSubject[], cost: number): Promise<Verdict>;
  count(subjects: readonly LimitSubject[], amount: number): Promise<void>;
  close(): void;
};

export type RedisCountersOptions = {
  redis: Redis;
  prefix: string;
  commandTimeoutMs: number;
  /** Milliseconds of the epoch; undefined leaves the time to Redis. */
  now: (() => number) | undefined;
  /** Told each time the connection is lost or not made. */
  onLost(error: Error): void;
};

type Scripted = Redis & { takeLimits(keyCount: number, ...args: (string | number)[]): Promise<number[]> };

/** Makes counters on the server that `redis` is connected to; `redis` itself is not used for them. */
export function createRedisCounters(options: RedisCountersOptions): RedisCounters {
  const { prefix, now } = options;
  const client = options.redis.duplicate({
    commandTimeout: options.commandTimeoutMs,
    connectTimeout: 2000,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(100 * times, 1000),
  }) as unknown as Scripted;
  client.defineCommand('takeLimits', { lua: takeScript });
  let reason = new Error('The connection was closed.');
  client.on('error', (error: Error) => {
    reason = error;
  });
  client.on('close', () => {
    if (!closed) options.onLost(reason);
  });
  let closed = false;

  const run = (mode: 'take' | 'count', subjects: readonly LimitSubject[], cost: number) => {
    const keys = subjects.map((subject) => prefix + subject.key);
    const args: (string | number)[] = [now ? now() : '', mode];
    for (const { windows, cost: own } of subjects) {
      args.push(own ?? cost, windows.length);
      for (const { seconds, limit } of windows) args.push(seconds, limit);
    }
    return client.takeLimits(keys.length, ...keys, ...args);
  };

  return {
    isReady: () => client.status === 'ready',
    async take(subjects, cost) {
      const found = await run('take', subjects, cost);
      const readings: Reading[] = [];
      for (const { key, windows, cost: own } of subjects) {
        for (const { seconds, limit } of windows) {
          const at = readings.length * 3;
          const [previous = 0, current = 0, elapsedMs = 0] = found.slice(at, at + 3);
          readings.push({ key, seconds, limit, cost: own ?? cost, previous, current, elapsedMs });
        }
      }
      return judge(readings);
    },
    async count(subjects, amount) {
      await run('count', subjects, amount);
    },
    close() {
      closed = true;
      client.disconnect();
    },
  };
}
