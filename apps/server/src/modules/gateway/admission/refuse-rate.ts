// The words of a refusal: which limit, whose, and when it opens.
import type { Problem } from '@insula/contract';
import { gatewayProblem } from '@insula/contract/gateway';
import type { LeaseAsk, Verdict } from '../../../platform/limits/index.ts';
import type { Cap, Limited } from './limitations-of.ts';
import { nameOfSpan } from './limits-of.ts';

/** The problem of a rate that is used up, or of a call larger than the limit is. */
export function refuseRate(verdict: Verdict, limited: readonly Limited[], tokens: number): Problem {
  const { violated, limit, retryAfterSeconds } = verdict;
  const found = limited.find(({ subject }) => subject.key === violated?.key);
  const unit = found?.unit ?? 'requests';
  const facts = {
    whose: found?.whose ?? 'organization',
    limit,
    unit,
    window: nameOfSpan(violated?.seconds ?? 60),
  };
  if (unit === 'tokens' && tokens > limit)
    return gatewayProblem('call_too_large', { ...facts, cost: tokens });
  return gatewayProblem('limit_reached', { ...facts, retry_after_seconds: Math.max(1, retryAfterSeconds) });
}

/** The problem of too many calls under way. */
export function refuseAtOnce(refused: LeaseAsk, caps: readonly Cap[]): Problem {
  const whose = caps.find(({ key }) => key === refused.key)?.whose ?? 'organization';
  return gatewayProblem('too_many_at_once', { whose, limit: refused.limit, retry_after_seconds: 1 });
}

/** The problem of a server that has enough to do. */
export function refuseOverload(): Problem {
  return gatewayProblem('overloaded', { retry_after_seconds: 2 });
}
