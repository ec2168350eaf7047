// Rate limits for everything that is counted by time.
export { createLimits, type Limits, type LimitsOptions } from './create-limits.ts';
export type { LimitSubject, LimitWindow, Verdict } from './judge-windows.ts';
export { limitKey } from './limit-key.ts';
