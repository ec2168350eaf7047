// Counters in this process: the driver without Redis, and what remains when Redis is gone. Synchronous, and bounded in
// memory: the counter unused for longest gives way when there are too many, expired ones before.
import type { LRUCache } from 'lru-cache';
import { createLru } from '../cache/create-lru.ts';
import {
  judgeWindows,
  type LimitSubject,
  MONTH,
  type Reading,
  type Verdict,
  windowAt,
} from './judge-windows.ts';

type Counter = { seconds: number; index: number; previous: number; current: number };

export type MemoryCounters = {
  /** Counts all or nothing; about a microsecond. */
  take(nowMs: number, subjects: readonly LimitSubject[], cost: number): Verdict;
  /** Counts without asking; a negative amount gives back, at most down to nothing in the current window. */
  count(nowMs: number, subjects: readonly LimitSubject[], amount: number): void;
  /** Whether nothing was counted for this window of a key yet. */
  isBlank(key: string, seconds: number): boolean;
  /** Sets what was used of the current window before this process counted; only of a blank one. */
  restore(nowMs: number, window: { key: string; seconds: number; used: number }): void;
  /** How many keys are held. */
  size(): number;
};

/** Makes counters for at most `maxKeys` keys. */
export function createMemoryCounters(maxKeys: number): MemoryCounters {
  const kept = createLru<Counter[]>(maxKeys);

  // Kept between calls, so that a call makes nothing for the collector but its answer and its readings.
  const readings: Reading[] = [];
  const touched: Counter[] = [];

  const read = (nowMs: number, subjects: readonly LimitSubject[], cost: number): void => {
    readings.length = touched.length = 0;
    for (const { key, windows, cost: own = cost } of subjects) {
      const counters = countersOf(kept, key, nowMs);
      for (const { seconds, limit } of windows) {
        const counter = findCounter(counters, seconds);
        const { elapsedMs, windowMs } = roll(counter, nowMs);
        const { previous, current } = counter;
        touched.push(counter);
        readings.push({ key, seconds, limit, cost: own, previous, current, elapsedMs, windowMs });
      }
    }
  };
  const add = (): void => {
    for (let at = 0; at < touched.length; at++) {
      const counter = touched[at] as Counter;
      counter.current = Math.max(0, counter.current + (readings[at] as Reading).cost);
    }
  };

  return {
    take(nowMs, subjects, cost) {
      read(nowMs, subjects, cost);
      const verdict = judgeWindows(readings);
      if (verdict.allowed) add();
      return verdict;
    },
    count(nowMs, subjects, amount) {
      read(nowMs, subjects, amount);
      add();
    },
    isBlank: (key, seconds) => !kept.peek(key)?.some((counter) => counter.seconds === seconds),
    restore(nowMs, { key, seconds, used }) {
      const counters = countersOf(kept, key, nowMs);
      if (counters.some((counter) => counter.seconds === seconds)) return;
      const counter = findCounter(counters, seconds);
      roll(counter, nowMs);
      counter.current = used;
    },
    size: () => kept.size,
  };
}

function countersOf(kept: LRUCache<string, Counter[]>, key: string, nowMs: number): Counter[] {
  const found = kept.get(key);
  if (found) return found;
  dropExpired(kept, nowMs);
  const counters: Counter[] = [];
  kept.set(key, counters);
  return counters;
}

function findCounter(counters: Counter[], seconds: number): Counter {
  for (const counter of counters) if (counter.seconds === seconds) return counter;
  const counter = { seconds, index: 0, previous: 0, current: 0 };
  counters.push(counter);
  return counter;
}

/** Moves a counter to the window of now; gives that window's length and the milliseconds since it began. */
function roll(counter: Counter, nowMs: number): { elapsedMs: number; windowMs: number } {
  const { index, startMs, windowMs } = windowAt(nowMs, counter.seconds);
  // A clock that stepped back a little stays in the newer window; after a larger step counting starts anew.
  if (counter.index === index + 1) return { elapsedMs: 0, windowMs };
  if (counter.index !== index) {
    const slides = counter.seconds !== MONTH && counter.index === index - 1;
    counter.previous = slides ? counter.current : 0;
    counter.current = 0;
    counter.index = index;
  }
  return { elapsedMs: nowMs - startMs, windowMs };
}

/** Looks at the two oldest keys whenever a new one comes, so that dead ones go as fast as new ones arrive. */
function dropExpired(kept: LRUCache<string, Counter[]>, nowMs: number): void {
  for (let looked = 0; looked < 2; looked++) {
    const oldest = kept.rkeys().next().value;
    if (oldest === undefined) return;
    const counters = kept.peek(oldest) ?? [];
    if (!counters.every((counter) => windowAt(nowMs, counter.seconds).index >= counter.index + 2)) return;
    kept.delete(oldest);
  }
}
