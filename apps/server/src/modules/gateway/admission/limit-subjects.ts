// Requests allowed per plan (tier table of the product), and what an organization's own configuration makes of them.
import type { Configuration } from '@insula/contract/tenancy';
import { type LimitSubject, type LimitWindow, limitKey } from '../../../platform/limits/index.ts';

type Allowance = { requests_per_minute: number; requests_per_hour: number; requests_per_day: number } | null;

const professional: Allowance = {
  requests_per_minute: 500,
  requests_per_hour: 5_000,
  requests_per_day: 50_000,
};
/** null: unlimited. `free` is our own; the source's table begins with Starter. */
const allowances: Record<string, Allowance> = {
  free: { requests_per_minute: 60, requests_per_hour: 500, requests_per_day: 2_000 },
  starter: { requests_per_minute: 100, requests_per_hour: 1_000, requests_per_day: 10_000 },
  pro: professional,
  professional,
  enterprise: { requests_per_minute: 1_000, requests_per_hour: 10_000, requests_per_day: 100_000 },
  custom: null,
};

const SPANS = [
  ['requests_per_minute', 60],
  ['requests_per_hour', 3_600],
  ['requests_per_day', 86_400],
] as const;

/** The windows of an organization: the plan's, or the configuration's where that is tighter. */
export function windowsOf(planTier: string, configured: Configuration['rate_limits']): LimitWindow[] {
  const plan = allowances[planTier] ?? null;
  return SPANS.flatMap(([name, seconds]) => {
    const limits = [plan?.[name], configured[name]].filter(
      (limit): limit is number => typeof limit === 'number',
    );
    return limits.length > 0 ? [{ seconds, limit: Math.min(...limits) }] : [];
  });
}

/** Who is counted for a call: the key, and the organization. */
export function limitSubjects(caller: {
  organizationId: string;
  keyId: string;
  perMinute: number | null;
  windows: LimitWindow[];
}): LimitSubject[] {
  const subjects: LimitSubject[] = [];
  if (caller.perMinute !== null)
    subjects.push({
      key: limitKey(caller.organizationId, 'caller', caller.keyId),
      windows: [{ seconds: 60, limit: caller.perMinute }],
    });
  if (caller.windows.length > 0)
    subjects.push({ key: limitKey(caller.organizationId, 'organization'), windows: caller.windows });
  return subjects;
}
