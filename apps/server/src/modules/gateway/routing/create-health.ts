// How the targets are doing, as this server sees it: a circuit breaker and the usual time to the first byte of each. Only
// routing reads it, so what one server learns need not be told to the others.
import { createLru } from '../../../platform/cache/create-lru.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Failure, Target } from '../relay/index.ts';

export type Health = {
  /** Whether calls should go elsewhere. False again, for one call, when it is time to try. */
  isOpen(target: Target): boolean;
  /** Tells of an attempt that begins; the first one after the circuit opened is the probe that the others wait for. */
  began(target: Target): void;
  /** Tells how an attempt ended, as far as that says something about the target. */
  ended(target: Target, sign: Sign): void;
  /** The usual time to the first byte in milliseconds (exponentially weighted), if any is known. */
  latencyOf(target: Target): number | undefined;
  /** How many circuits are open now. */
  openCount(): number;
};

/** What an attempt said about its target: that it failed; that it answered, be it with an error that was the caller's own fault; or nothing, because it was not asked or not waited for. */
export type Sign = { failure: Failure } | { answeredAfterMs: number | undefined } | 'nothing';

type State = {
  failures: number;
  opened: number;
  openUntil: number;
  isProbing: boolean;
  latencyMs: number | undefined;
};

/** Failures in a row that open a circuit. */
const FAILURES_MAX = 5;
const OPEN_MS = 5_000;
const OPEN_MAX_MS = 120_000;
/** A probe that never comes back does not keep a circuit open for ever. */
const PROBE_MS = 60_000;
const LATENCY_WEIGHT = 0.2;

/** Whether a failure says something about the target, and not about what was asked of it. */
export function isFaultOfTarget(failure: Failure): boolean {
  if (failure.code === 'provider_error')
    return failure.status >= 500 || [401, 403, 408, 429].includes(failure.status);
  return failure.code.startsWith('provider_') && failure.code !== 'provider_answer_too_large';
}

/** The seconds of a `Retry-After` header, from a number or a date; undefined when it says neither. */
export function readRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - nowMs) / 1_000);
}

function note(state: State, sign: Sign, nowMs: number): void {
  const wasProbe = state.isProbing;
  state.isProbing = false;
  if (sign === 'nothing') return;
  if ('failure' in sign) {
    state.failures++;
    const tells = sign.failure.status === 429 && sign.failure.retryAfter !== undefined;
    if (wasProbe || tells || state.failures >= FAILURES_MAX) open(state, sign.failure, nowMs);
    return;
  }
  state.failures = 0;
  state.opened = 0;
  if (sign.answeredAfterMs === undefined) return;
  const before = state.latencyMs ?? sign.answeredAfterMs;
  state.latencyMs = before + LATENCY_WEIGHT * (sign.answeredAfterMs - before);
}

function open(state: State, failure: Failure, nowMs: number): void {
  const usual = Math.min(OPEN_MAX_MS, OPEN_MS * 2 ** Math.min(state.opened, 10));
  const asked = (readRetryAfter(failure.retryAfter, nowMs) ?? 0) * 1_000;
  state.openUntil = nowMs + Math.min(OPEN_MAX_MS, Math.max(usual, asked));
  state.opened++;
  state.failures = 0;
}

/** The health of at most `max` targets. */
export function createHealth(clock: Clock, max = 50_000): Health {
  const states = createLru<State>(max);
  // Targets are remembered with their workspace, so most calls find the state without making its key.
  const near = new WeakMap<Target, State>();

  function stateOf(target: Target): State {
    const known = near.get(target);
    if (known) return known;
    const key = `${target.credential_id} ${target.upstream_model}`;
    const state = states.get(key) ?? {
      failures: 0,
      opened: 0,
      openUntil: 0,
      isProbing: false,
      latencyMs: undefined,
    };
    states.set(key, state);
    near.set(target, state);
    return state;
  }

  return {
    isOpen(target) {
      const state = stateOf(target);
      return state.isProbing || (state.openUntil > 0 && state.openUntil > clock.now());
    },
    began(target) {
      const state = stateOf(target);
      if (state.opened === 0) return;
      state.isProbing = true;
      state.openUntil = 0;
      setTimeout(() => (state.isProbing = false), PROBE_MS).unref();
    },
    ended: (target, sign) => note(stateOf(target), sign, clock.now()),
    latencyOf: (target) => stateOf(target).latencyMs,
    openCount() {
      const now = clock.now();
      let open = 0;
      for (const state of states.values()) if (state.openUntil > now || state.isProbing) open++;
      return open;
    },
  };
}
