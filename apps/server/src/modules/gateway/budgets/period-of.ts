// Periods of a budget: computed from the moment, never reset by anybody. Days, weeks from Monday and months, all in UTC.

export type Period = 'day' | 'week' | 'month' | 'total';

const DAY_MS = 86_400_000;
/** 5 January 1970 was a Monday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/** When the period around a moment began and ends, in milliseconds since the epoch; `total` began with the epoch and does not end. */
export function periodOf(period: Period, nowMs: number): { startMs: number; endMs: number | null } {
  if (period === 'total') return { startMs: 0, endMs: null };
  if (period === 'month') {
    const now = new Date(nowMs);
    const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
    return { startMs: Date.UTC(year, month), endMs: Date.UTC(year, month + 1) };
  }
  const [lengthMs, firstMs] = period === 'day' ? [DAY_MS, 0] : [7 * DAY_MS, FIRST_MONDAY_MS];
  const startMs = Math.floor((nowMs - firstMs) / lengthMs) * lengthMs + firstMs;
  return { startMs, endMs: startMs + lengthMs };
}
