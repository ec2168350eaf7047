// Counting a call against the limits of its credential and its organization, before it costs anything. In memory this
// waits for nothing; with Redis it is one step there, shared by all servers.
import { problem } from '@insula/contract';
import type { Verdict } from '../../../platform/limits/index.ts';
import type { GatewayDeps } from '../index.ts';
import { limitSubjects, windowsOf } from './limit-subjects.ts';
import type { Grounds, Principal } from './require-right.ts';

/** Counts the call, all or nothing; throws `rate_limited`. A promise only with Redis. */
export function countCall(
  deps: Pick<GatewayDeps, 'limits'>,
  principal: Principal,
  grounds: Grounds,
): undefined | Promise<void> {
  const subjects = limitSubjects({
    organizationId: principal.organization_id,
    keyId: principal.id,
    perMinute: principal.rate_limit_per_minute,
    windows: windowsOf(grounds.planTier, grounds.configuration.rate_limits),
  });
  if (subjects.length === 0) return undefined;
  const verdict = deps.limits.take(subjects);
  if (verdict instanceof Promise) return verdict.then(refuseUnlessAllowed);
  refuseUnlessAllowed(verdict);
  return undefined;
}

function refuseUnlessAllowed(verdict: Verdict): void {
  if (!verdict.allowed)
    throw problem('rate_limited', { retry_after_seconds: verdict.retryAfterSeconds, limit: verdict.limit });
}
