// The attempts at one call: the best target first, then, as long as the caller has nothing yet, the next one; the last one
// left is tried again after a pause. Every attempt is recorded on its own, and the answer says which one it came from.

import type { Gateway } from '../index.ts';
import type { Entry } from '../ledger/index.ts';
import type { Answering, Ask, Call, Failure, Outcome } from '../relay/index.ts';
import type { ChainStep } from '../requests/list-requests.ts';
import { isFaultOfTarget, readRetryAfter, type Sign } from '../routing/create-health.ts';
import type { Option, Plan } from '../routing/plan-call.ts';
import type { Around } from './wrap-call.ts';

export type Trial = {
  call: Omit<Call, 'attempt' | 'target'>;
  /** What stands between the call and the model of a target; undefined where nothing does. */
  around?: Around | undefined;
  ask: Ask;
  plan: Plan;
  response: Answering;
};

/** Pauses before a target is tried again: 0.25 s, 0.5 s, 1 s …, each somewhere between half of it and all of it. */
const PAUSE_MS = 250;
/** A provider that asks for a longer pause than this is not waited for; its caller is told to. */
const PAUSE_MAX_MS = 5_000;
const MAX_CALL_MS = 600_000;
const CALLER_GONE = 499;

/** How a call came to its end: the steps, and the settlement and failure of the last attempt. */
export type Tried = { chain: ChainStep[]; entry: Entry | undefined; failure: Failure | undefined };

/** Makes attempts until one is answered, and tells how it came to it. Never rejects. */
export async function tryTargets(gateway: Gateway, trial: Trial): Promise<Tried> {
  const { call, ask, plan, response } = trial;
  const { health, relay, figures, deps } = gateway;
  const endsAt = performance.now() + (plan.timeoutMs ?? MAX_CALL_MS);
  const follow = createFollow(trial, endsAt, () => deps.clock.now());
  const ended = figures.began();
  let entry: Entry | undefined;
  let failure: Failure | undefined;
  const chain = plan.options.filter((one) => one.isSkipped).map((one) => stepOf(one, null, undefined));
  let next: Step | undefined = { option: plan.options[0]!, pauseMs: 0 };

  for (let attempt = 1; next; attempt++) {
    const { option, pauseMs }: Step = next;
    next = undefined;
    if (pauseMs > 0) await pause(pauseMs, response);
    nameTarget(response, option, attempt);
    health.began(option.target);
    const outcome = await relay.relayCall(
      {
        ...call,
        ...trial.around?.(option.target),
        attempt,
        target: option.target,
        chosen: option.chosen,
        maxCallMs:
          plan.timeoutMs === undefined ? undefined : Math.max(1, Math.round(endsAt - performance.now())),
        firstByteMs: plan.firstByteMs,
        onSettled(entry) {
          figures.settled(entry);
          sayCost(response, entry);
        },
        holdsFailure(failure) {
          next = follow(option, attempt, failure);
          return next !== undefined;
        },
      },
      ask,
      response,
    );
    health.ended(option.target, signOf(outcome));
    chain.push(stepOf(option, attempt, outcome.failure));
    ({ entry, failure } = outcome);
  }
  ended();
  return { chain, entry, failure };
}

function stepOf(option: Option, attempt: number | null, failure: Failure | undefined): ChainStep {
  const { provider, credential_id, upstream_model: model } = option.target;
  const outcome = attempt === null ? 'skipped' : failure ? 'failed' : 'answered';
  const reason = attempt === null ? 'circuit_open' : (failure?.code ?? null);
  return { provider, credential_id, model, attempt, outcome, reason };
}

/** What an attempt says about its target: one that was refused before it was made, left, or answered by the cache says nothing. */
function signOf({ entry, failure }: Outcome): Sign {
  if (failure && isFaultOfTarget(failure)) return { failure };
  if (!entry || entry.cache !== null || entry.status === CALLER_GONE) return 'nothing';
  return { answeredAfterMs: entry.first_byte_ms ?? undefined };
}

type Step = { option: Option; pauseMs: number };

/** What comes after a failed attempt: the next target, then those that failed before, or nothing. */
function createFollow({ call, plan }: Trial, endsAt: number, now: () => number) {
  const again: Option[] = [];
  return (option: Option, attempt: number, failure: Failure): Step | undefined => {
    if (!isWorthElsewhere(failure) || attempt >= plan.attemptsMax || call.signal?.aborted) return undefined;
    if (isWorthAgain(failure)) again.push(option);
    const other = plan.options[attempt];
    if (other) return { option: other, pauseMs: 0 };
    const last = again.shift();
    const pauseMs = pauseBefore(failure, attempt, now());
    if (!last || pauseMs === undefined || performance.now() + pauseMs >= endsAt) return undefined;
    return { option: last, pauseMs };
  };
}

/** Another target may do better: also where this one does not know the model or the protocol, which says nothing about its health. */
function isWorthElsewhere(failure: Failure): boolean {
  const isUnknown = failure.code === 'provider_error' && failure.status === 404;
  return isUnknown || failure.code === 'not_translatable' || isFaultOfTarget(failure);
}

/** The same target may do better a moment later; a refused key, a missing model or a redirect will not mend itself. */
function isWorthAgain(failure: Failure): boolean {
  if (failure.code === 'provider_error') return ![401, 403, 404].includes(failure.status);
  return !['provider_refused_credential', 'provider_redirected', 'not_translatable'].includes(failure.code);
}

/** Milliseconds to wait before the same target is asked again; undefined when it asked for more than we wait. */
function pauseBefore(failure: Failure, attempt: number, nowMs: number): number | undefined {
  const asked = (readRetryAfter(failure.retryAfter, nowMs) ?? 0) * 1_000;
  if (asked > PAUSE_MAX_MS) return undefined;
  const usual = PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
  return Math.min(PAUSE_MAX_MS, Math.max(asked, usual));
}

/** Waits, but not for a caller who has left. */
function pause(ms: number, response: Answering): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms);
    response.once('close', end);
    function end(): void {
      clearTimeout(timer);
      response.off('close', end);
      resolve();
    }
  });
}

function nameTarget(response: Answering, { target, chosen }: Option, attempt: number): void {
  if (response.headersSent) return;
  response.setHeader('x-insula-provider', target.provider);
  response.setHeader('x-insula-model', toHeader(target.upstream_model));
  response.setHeader('x-insula-attempt', attempt);
  if (chosen) response.setHeader('x-insula-variant', toHeader(chosen.variant));
}

/** The price of the answer: a header of a whole answer; a stream has ended its headers, so a trailer there. */
function sayCost(response: Answering, entry: Entry): void {
  if (entry.cost_micros === null || response.destroyed) return;
  const cost = `${entry.cost_micros} ${entry.currency ?? ''}`.trim();
  if (!response.headersSent) response.setHeader('x-insula-cost-micros', cost);
  else response.addTrailers({ 'x-insula-cost-micros': cost });
}

/** Header values are visible ASCII; model names may be more. */
function toHeader(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text);
}
