// When a calendar is due next.
import { jobProblem } from '@insula/contract/jobs';
import { Cron } from 'croner';

const SOONEST_MS = 60_000;

/** The first moment after `afterMs` that a cron expression of five fields names in a time zone; throws `job_invalid`. */
export function nextRun(cron: string, timeZone: string, afterMs: number): Date {
  try {
    const calendar = new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true });
    const next = calendar.nextRun(new Date(afterMs));
    if (next) return next;
  } catch (error) {
    throw invalid((error as Error).message.slice(0, 200));
  }
  throw invalid(`"${cron}" never comes.`);
}

/** Throws `job_invalid` for a moment that is in the past by more than a minute. */
export function assertAhead(at: Date, nowMs: number): void {
  if (at.getTime() < nowMs - SOONEST_MS) throw invalid('run_at is in the past.');
}

const invalid = (reason: string) => jobProblem('job_invalid', { reason });
