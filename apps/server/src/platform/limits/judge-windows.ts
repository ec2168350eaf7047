// The arithmetic of a limit: a sliding-window counter, as used by Cloudflare. Time is cut into aligned windows; what
// counts at an instant is the current window's count plus the share of the previous one that still overlaps the last
// `seconds`. Two integers a counter, no list of times, no job that resets anything.
//
// Bound: with limit L, at most L pass at any instant and in any aligned window, and in any stretch of d windows' length
// at most L·(1 + d), which is what a token bucket of size L allows. Fixed windows would let 2·L pass at one instant.

/** The length that stands for the calendar month in UTC. Months are cut where the calendar cuts them and do not slide. */
export const MONTH = 2_629_746;

/** One limit: at most `limit` in `seconds` (a whole number from 1, or MONTH). */
export type LimitWindow = { seconds: number; limit: number };

/** Who is counted, and against what. `key` comes from `limitKey`; `cost` replaces the cost of the call for this subject. */
export type LimitSubject = { key: string; windows: readonly LimitWindow[]; cost?: number };

/** The answer, told for the tightest window: the one that refuses longest, or has the least left. */
export type Verdict = {
  allowed: boolean;
  limit: number;
  /** What is left in that window, after this call if it was allowed. */
  remaining: number;
  /** Whole seconds until that window rolls on. */
  resetSeconds: number;
  /** Whole seconds until this call would be allowed if nothing else came; 0 when it was. A cost above the limit never is. */
  retryAfterSeconds: number;
  violated?: { key: string; seconds: number };
  /** Every window that was asked, in the order of the subjects, as it stands after the answer. */
  windows: readonly Standing[];
};

/** How a window stands. */
export type Standing = {
  key: string;
  seconds: number;
  limit: number;
  remaining: number;
  resetSeconds: number;
};

/** What a counter held when it was asked. */
export type Reading = {
  key: string;
  seconds: number;
  limit: number;
  cost: number;
  previous: number;
  current: number;
  elapsedMs: number;
  /** Length of the window; of a month, that of this one. */
  windowMs: number;
};

/** The window around a moment: which one it is, when it began (ms since the epoch), and its length. */
export function windowAt(
  nowMs: number,
  seconds: number,
): { index: number; startMs: number; windowMs: number } {
  if (seconds !== MONTH) {
    const windowMs = seconds * 1000;
    const index = Math.floor(nowMs / windowMs);
    return { index, startMs: index * windowMs, windowMs };
  }
  const now = new Date(nowMs);
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  const startMs = Date.UTC(year, month);
  return { index: year * 12 + month, startMs, windowMs: Date.UTC(year, month + 1) - startMs };
}

// Keeps rounding of the overlapping share from refusing what fits exactly.
const tolerance = 1e-9;

/** Judges all readings together: one refusal refuses the call. */
export function judgeWindows(readings: readonly Reading[]): Verdict {
  let tightest: Reading | undefined;
  let leastRoom = Number.POSITIVE_INFINITY;
  let violated: Reading | undefined;
  let longestWaitMs = -1;
  for (const reading of readings) {
    const room = reading.limit - usedIn(reading) - reading.cost;
    if (room < -tolerance) {
      const waitMs = waitMsFor(reading);
      if (waitMs > longestWaitMs) {
        longestWaitMs = waitMs;
        violated = reading;
      }
    } else if (room < leastRoom || (room === leastRoom && reading.seconds > (tightest?.seconds ?? 0))) {
      leastRoom = room;
      tightest = reading;
    }
  }
  if (violated) {
    const left = violated.limit - usedIn(violated);
    return {
      ...told(violated, left),
      windows: readings.map((reading) => standingOf(reading, 0)),
      allowed: false,
      retryAfterSeconds: Math.max(1, Math.ceil(longestWaitMs / 1000)),
      violated: { key: violated.key, seconds: violated.seconds },
    };
  }
  if (!tightest) return unlimited;
  const windows = readings.map((reading) => standingOf(reading, reading.cost));
  return { ...told(tightest, leastRoom), windows };
}

/** The answer where no limit applies. */
const unlimited: Verdict = Object.freeze({
  allowed: true,
  limit: Number.MAX_SAFE_INTEGER,
  remaining: Number.MAX_SAFE_INTEGER,
  resetSeconds: 0,
  retryAfterSeconds: 0,
  windows: [],
});

function told(reading: Reading, room: number): Omit<Verdict, 'windows'> {
  const { limit, remaining, resetSeconds } = standing(reading, room);
  return { allowed: true, limit, remaining, resetSeconds, retryAfterSeconds: 0 };
}

function standingOf(reading: Reading, taken: number): Standing {
  return standing(reading, reading.limit - usedIn(reading) - taken);
}

function standing({ key, seconds, limit, windowMs, elapsedMs }: Reading, room: number): Standing {
  const remaining = Math.max(0, Math.floor(room + tolerance));
  return { key, seconds, limit, remaining, resetSeconds: Math.ceil((windowMs - elapsedMs) / 1000) };
}

// The script in take-script.ts computes the same, in the same order, so that both round alike.
function usedIn({ previous, current, elapsedMs, windowMs }: Reading): number {
  return previous * (1 - elapsedMs / windowMs) + current;
}

/** Milliseconds until the reading would allow its cost if nothing else were counted. */
function waitMsFor({ previous, current, limit, cost, elapsedMs, seconds, windowMs }: Reading): number {
  if (seconds === MONTH) return windowMs - elapsedMs;
  if (cost > limit) return windowMs;
  const room = limit - cost;
  // Within this window the share of the previous one shrinks; after it, this one is the previous.
  if (current <= room) return (1 - (room - current) / previous) * windowMs - elapsedMs;
  return (1 - room / current) * windowMs + windowMs - elapsedMs;
}

/** Throws on a cost that would not count: a number that is not whole and not negative would pass every comparison. */
export function assertCountable(subjects: readonly LimitSubject[], cost: number): void {
  for (const subject of subjects) {
    if (!Number.isSafeInteger(subject.cost ?? cost)) throw new RangeError('A cost is a whole number.');
    for (const { seconds, limit } of subject.windows) {
      if (!(Number.isSafeInteger(seconds) && seconds > 0)) {
        throw new RangeError('A window has a whole number of seconds.');
      }
      if (!(Number.isFinite(limit) && limit >= 0)) throw new RangeError('A limit is a number from 0.');
    }
  }
}
