// Rate limits, in memory or shared through Redis. Guarantee: a call is counted against all its subjects or none, and
// there is always an answer. When Redis is gone each replica counts alone with its share of every limit: never
// unlimited, never down. What passed before the loss is not known to the replica then, and what it counts alone is not
// told to Redis afterwards, so around one outage a window can let through at most its limit twice.
import type { Redis } from 'ioredis';
import type { Clock } from '../clock.ts';
import { createMemoryCounters } from './create-memory-counters.ts';
import { createRedisCounters } from './create-redis-counters.ts';
import { assertCountable, type LimitSubject, type Verdict } from './judge-windows.ts';

export type LimitsOptions = {
  redis?: Redis;
  /** With Redis, the clock of Redis decides, unless `time` is 'clock'. */
  clock: Clock;
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
  time?: 'redis' | 'clock';
  /** How many replicas share a limit while Redis is gone. Default 1. */
  replicas?: () => number;
  /** Most subjects counted in memory. Default 100,000, some 20 MB. */
  maxKeys?: number;
  /** How long Redis may take for an answer, pauses of this process included. Default 250 ms. */
  commandTimeoutMs?: number;
  /** How long Redis is left alone after it failed. Default 1 s. */
  retryAfterMs?: number;
  /** Default `insula:limits:`. */
  prefix?: string;
};

export type Limits = {
  /** Counts `cost` (a whole number from 0) against every window of every subject, or against none if one refuses. Subjects must differ, and belong to one organization where Redis is a cluster. A promise only while Redis counts. */
  take(subjects: readonly LimitSubject[], cost?: number): Verdict | Promise<Verdict>;
  /** Counts what is known only afterwards, without asking; a negative amount gives back what was taken in advance. */
  count(subjects: readonly LimitSubject[], amount: number): void | Promise<void>;
  /** Whether this process alone counts, and has counted nothing for this window of a key: after a start, somebody may know better. */
  isBlank(key: string, seconds: number): boolean;
  /** Tells what was used of the current window of a blank key. */
  restore(window: { key: string; seconds: number; used: number }): void;
  /** Whether all replicas count together now. */
  isShared(): boolean;
  close(): void;
};

/** Makes the limits of this process. */
export function createLimits(options: LimitsOptions): Limits {
  const { clock, log, time = 'redis', maxKeys = 100_000, replicas = () => 1 } = options;
  const memory = createMemoryCounters(maxKeys);
  const link = watchLink(log, options.retryAfterMs ?? 1000);
  const shared = options.redis
    ? createRedisCounters({
        redis: options.redis,
        prefix: options.prefix ?? 'insula:limits:',
        commandTimeoutMs: options.commandTimeoutMs ?? 250,
        now: time === 'clock' ? () => clock.now() : undefined,
        onLost: link.failed,
      })
    : undefined;
  const isShared = () => shared?.isReady() === true && link.isTrusted();
  // Without Redis there is nobody to share with, and every limit is whole.
  const own = (subjects: readonly LimitSubject[], cost: number) =>
    shared ? subjects.map((subject) => shareOf(subject, cost, replicas())) : subjects;
  const takeAlone = (subjects: readonly LimitSubject[], cost: number) =>
    memory.take(clock.now(), own(subjects, cost), cost);

  return {
    take(subjects, cost = 1) {
      assertCountable(subjects, cost);
      if (subjects.some((subject) => (subject.cost ?? cost) < 0))
        throw new RangeError('A cost is not negative.');
      if (!shared || !isShared()) return takeAlone(subjects, cost);
      return shared.take(subjects, cost).then(link.succeeded, (error: unknown) => {
        link.failed(error);
        return takeAlone(subjects, cost);
      });
    },
    count(subjects, amount) {
      assertCountable(subjects, amount);
      if (!shared || !isShared()) return memory.count(clock.now(), subjects, amount);
      return shared.count(subjects, amount).catch((error: unknown) => {
        link.failed(error);
        memory.count(clock.now(), subjects, amount);
      });
    },
    isBlank: (key, seconds) => !shared && memory.isBlank(key, seconds),
    restore(window) {
      if (!shared) memory.restore(clock.now(), window);
    },
    isShared,
    close: () => shared?.close(),
  };
}

/** A replica's part of a subject's limits. One call that fits the whole limit still fits an empty part. */
function shareOf(subject: LimitSubject, cost: number, replicas: number): LimitSubject {
  const least = subject.cost ?? cost;
  const windows = subject.windows.map(({ seconds, limit }) => ({
    seconds,
    limit: Math.max(Math.ceil(limit / Math.max(1, replicas)), Math.min(least, limit)),
  }));
  return { ...subject, windows };
}

/** Remembers whether Redis answered lately, and tells the log when that changes. Time here is the process's own. */
function watchLink(log: LimitsOptions['log'], retryAfterMs: number) {
  let trustedFrom = 0;
  let failing = false;
  return {
    isTrusted: () => performance.now() >= trustedFrom,
    succeeded: (verdict: Verdict): Verdict => {
      if (failing) log.info({}, 'Redis counts rate limits again, for all replicas together');
      failing = false;
      return verdict;
    },
    failed: (err: unknown): void => {
      if (!failing)
        log.warn({ err }, 'Redis does not answer; this replica counts rate limits alone, with its share');
      failing = true;
      trustedFrom = performance.now() + retryAfterMs;
    },
  };
}
