// The one way out to addresses that tenants can influence.
export { createEgress, type Egress, type EgressOptions } from './create-egress.ts';
export {
  createGuardedFetch,
  EgressFault,
  type EgressFaultCode,
  type FetchBounds,
  type GuardedFetch,
} from './create-guarded-fetch.ts';
export type { AllowPrivate } from './create-policy.ts';
export type { EgressAnswer, EgressRequest } from './follow-redirects.ts';
export type { Lookup } from './guard-connections.ts';
