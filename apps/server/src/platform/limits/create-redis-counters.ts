// Counters shared by all replicas: one round trip a call.
import type { Redis } from 'ioredis';
import { connectPatiently } from './connect-patiently.ts';
import { judgeWindows, type LimitSubject, type Reading, type Verdict } from './judge-windows.ts';
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
  const { client: plain, close } = connectPatiently(options);
  const client = plain as unknown as Scripted;
  client.defineCommand('takeLimits', { lua: takeScript });

  const run = (mode: 'take' | 'count', subjects: readonly LimitSubject[], cost: number) => {
    const keys = subjects.map((subject) => options.prefix + subject.key);
    const args: (string | number)[] = [options.now ? options.now() : '', mode];
    for (const { windows, cost: own = cost } of subjects) {
      args.push(own, windows.length);
      for (const { seconds, limit } of windows) args.push(seconds, limit);
    }
    return client.takeLimits(keys.length, ...keys, ...args);
  };

  return {
    isReady: () => client.status === 'ready',
    async take(subjects, cost) {
      return judgeWindows(readReply(await run('take', subjects, cost), subjects, cost));
    },
    async count(subjects, amount) {
      await run('count', subjects, amount);
    },
    close,
  };
}

/** Previous, current, elapsed and length of each window stand in the reply in the order they were asked in. */
function readReply(reply: number[], subjects: readonly LimitSubject[], cost: number): Reading[] {
  const readings: Reading[] = [];
  for (const { key, windows, cost: own = cost } of subjects) {
    for (const { seconds, limit } of windows) {
      const at = readings.length * 4;
      const [previous = 0, current = 0, elapsedMs = 0, windowMs = 1] = reply.slice(at, at + 4);
      readings.push({ key, seconds, limit, cost: own, previous, current, elapsedMs, windowMs });
    }
  }
  return readings;
}
