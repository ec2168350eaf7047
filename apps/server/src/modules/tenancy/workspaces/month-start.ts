// The beginning of the month that limits and counts refer to.

/** The first moment (UTC) of the month in which `nowMs` (milliseconds since the epoch) lies. */
export function monthStart(nowMs: number): Date {
  const now = new Date(nowMs);
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
}
