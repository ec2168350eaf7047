// The one way out to addresses that tenants can influence.
export { createEgress, type Egress, type EgressOptions } from './create-egress.ts';
export type { AllowPrivate } from './create-policy.ts';
export type { EgressAnswer, EgressRequest } from './follow-redirects.ts';
export type { Lookup } from './guard-connections.ts';
