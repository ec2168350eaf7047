// Limits for everything that is counted by time, and for what is under way at once.
export { createLeases, type Lease, type LeaseAsk, type Leases } from './create-leases.ts';
export { createLimits, type Limits, type LimitsOptions } from './create-limits.ts';
export { type LimitSubject, type LimitWindow, MONTH, type Standing, type Verdict } from './judge-windows.ts';
export { limitKey } from './limit-key.ts';
