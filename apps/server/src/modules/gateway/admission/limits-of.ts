// What each plan allows: the tier tables of the product, and how an organization's own settings tighten them.
import type { OwnLimits } from '@insula/contract/configuration';
import { type LimitWindow, MONTH } from '../../../platform/limits/index.ts';

/** null: unlimited. */
type Plan = OwnLimits | null;

const professional: Plan = {
  requests_per_minute: 500,
  requests_per_hour: 5_000,
  requests_per_day: 50_000,
  requests_per_month: 100_000,
  concurrent_requests: 50,
};
/** The rates of `free` are our own; the source's table begins with Starter. */
const plans: Record<string, Plan> = {
  free: {
    requests_per_minute: 60,
    requests_per_hour: 500,
    requests_per_day: 2_000,
    requests_per_month: 1_000,
    concurrent_requests: 5,
  },
  starter: {
    requests_per_minute: 100,
    requests_per_hour: 1_000,
    requests_per_day: 10_000,
    requests_per_month: 10_000,
    concurrent_requests: 20,
  },
  pro: professional,
  professional,
  enterprise: {
    requests_per_minute: 1_000,
    requests_per_hour: 10_000,
    requests_per_day: 100_000,
    concurrent_requests: 100,
  },
  custom: null,
};

const weights: Record<string, number> = {
  free: 1,
  starter: 2,
  pro: 4,
  professional: 4,
  enterprise: 8,
  custom: 8,
};

/** A plan's share of a saturated server, beside other plans'. */
export function weightOf(planTier: string): number {
  return weights[planTier] ?? 1;
}

/** The limits of an organization: the plan's, or its configuration's where that is tighter. */
export function limitsOf(planTier: string, configured: OwnLimits): OwnLimits {
  return tighter(plans[planTier] ?? {}, configured);
}

/** The tighter of two sets of limits, field by field. */
export function tighter(one: OwnLimits, other: OwnLimits): OwnLimits {
  const both: OwnLimits = { ...one };
  for (const name of Object.keys(other) as (keyof OwnLimits)[]) {
    const limits = [one[name], other[name]].filter((limit) => typeof limit === 'number');
    if (limits.length > 0) both[name] = Math.min(...limits);
  }
  return both;
}

const SPANS = [
  ['minute', 60],
  ['hour', 3_600],
  ['day', 86_400],
  ['month', MONTH],
] as const;

/** What a length of a window is called. */
export function nameOfSpan(seconds: number): string {
  return SPANS.find(([, length]) => length === seconds)?.[0] ?? `${seconds} seconds`;
}

/** The windows of one unit that limits speak of. */
export function windowsOf(limits: OwnLimits, unit: 'requests' | 'tokens'): LimitWindow[] {
  return SPANS.flatMap(([span, seconds]) => {
    const limit = limits[`${unit}_per_${span}`];
    return typeof limit === 'number' ? [{ seconds, limit }] : [];
  });
}
