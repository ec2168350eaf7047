// Whether a call may be made now: rates of key, workspace and organization, how many they have under way, and the server's own
// load. In memory, with room, this waits for nothing; with Redis it is one step there.

import type { Lease, LimitSubject, Verdict } from '../../../platform/limits/index.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import type { Entry } from '../ledger/index.ts';
import type { Answering, Ask } from '../relay/index.ts';
import { createFairQueue, type FairQueue, type FairQueueOptions } from './create-fair-queue.ts';
import { estimateTokens } from './estimate-tokens.ts';
import { type CallerTerms, type Terms, termsFor } from './load-terms.ts';
import { type RateHeaders, rateHeaders } from './rate-headers.ts';
import { refuseAtOnce, refuseOverload, refuseRate } from './refuse-rate.ts';
import type { Principal } from './require-right.ts';

/** A call that asks to be admitted. Headers of a refusal are set on `response`; who leaves it leaves the queue. */
export type Applicant = {
  principal: Principal;
  terms: Terms;
  ask: Pick<Ask, 'bytes' | 'json'>;
  /** Whether the answer has output tokens (embeddings have none). */
  hasOutput: boolean;
  response: Pick<Answering, 'setHeader' | 'once' | 'off' | 'destroyed'>;
};

/** An admitted call. */
export type Admission = {
  /** What the answer says about limits. */
  headers: RateHeaders;
  /** Gives back the place, and puts what was used (the settlement; nothing when undefined) in the place of the estimate. Once. */
  finish(entry: Entry | undefined): void;
};

export type Admit = (applicant: Applicant) => Admission | Promise<Admission>;

const LOAD: FairQueueOptions = { runningMax: 2_000, waitingMax: 4_000, patienceMs: 30_000 };

type Desk = Pick<GatewayDeps, 'limits' | 'leases'> & { queue: FairQueue };
/** What a call has taken so far. */
type Taken = { desk: Desk; held: CallerTerms; subjects: readonly LimitSubject[]; tokens: number };

/** Makes the admission of this server. It throws `limit_reached`, `call_too_large`, `too_many_at_once` or `overloaded`. */
export function createAdmission(
  deps: Pick<GatewayDeps, 'limits' | 'leases'>,
  options: { load?: Partial<FairQueueOptions> },
): Admit & { readonly stats: FairQueue['stats'] } {
  const queue = createFairQueue({ ...LOAD, ...options.load });
  const desk: Desk = { limits: deps.limits, leases: deps.leases, queue };
  const admit = (applicant: Applicant) => begin(desk, applicant);
  return Object.defineProperty(admit, 'stats', { get: () => queue.stats }) as Admit & {
    readonly stats: FairQueue['stats'];
  };
}

function begin(desk: Desk, applicant: Applicant): Admission | Promise<Admission> {
  const held = termsFor(applicant.terms, applicant.principal);
  const tokens = held.countsTokens ? estimateTokens(applicant.ask, applicant.hasOutput) : 0;
  const taken = { desk, held, tokens, subjects: subjectsOf(held, tokens) };
  if (taken.subjects.length === 0) return takeLease(taken, applicant, {});
  const verdict = desk.limits.take(taken.subjects);
  return verdict instanceof Promise
    ? verdict.then((said) => judgeRate(taken, applicant, said))
    : judgeRate(taken, applicant, verdict);
}

/** Tokens are counted by their number, requests as one. */
function subjectsOf(held: CallerTerms, tokens: number): LimitSubject[] {
  return held.limited.map(({ unit, subject }) =>
    unit === 'tokens' ? { ...subject, cost: tokens } : subject,
  );
}

function judgeRate(taken: Taken, applicant: Applicant, verdict: Verdict): Admission | Promise<Admission> {
  const headers = rateHeaders(verdict, taken.held.limited);
  if (!verdict.allowed)
    throw tellHeaders(applicant, headers, refuseRate(verdict, taken.held.limited, taken.tokens));
  return takeLease(taken, applicant, headers);
}

function takeLease(taken: Taken, applicant: Applicant, headers: RateHeaders): Admission | Promise<Admission> {
  if (taken.held.caps.length === 0) return takePlace(taken, applicant, { headers, release: undefined });
  const judge = (lease: Lease) => {
    if (lease.refused) {
      giveBack(taken, 1);
      throw tellHeaders(applicant, headers, refuseAtOnce(lease.refused, taken.held.caps));
    }
    return takePlace(taken, applicant, { headers, release: lease.release });
  };
  const lease = taken.desk.leases.take(taken.held.caps);
  return lease instanceof Promise ? lease.then(judge) : judge(lease);
}

type Held = { headers: RateHeaders; release: (() => void) | undefined };

function takePlace(
  taken: Taken,
  { terms, response }: Applicant,
  { headers, release }: Held,
): Admission | Promise<Admission> {
  const { organizationId, weight } = terms;
  const place = taken.desk.queue.enter({
    organizationId,
    weight,
    onLeave(leave) {
      if (response.destroyed) queueMicrotask(leave);
      response.once('close', leave);
      return () => response.off('close', leave);
    },
  });
  const open = (free: () => void): Admission => ({ headers, finish: once(taken, free, release) });
  if (!(place instanceof Promise)) return open(place);
  return place.then((free) => {
    if (free) return open(free);
    release?.();
    giveBack(taken, 1);
    throw refuseOverload();
  });
}

function once(taken: Taken, free: () => void, release: (() => void) | undefined): Admission['finish'] {
  let over = false;
  return (entry) => {
    if (over) return;
    over = true;
    free();
    release?.();
    if (taken.tokens > 0) correctTokens(taken, entry ? tokensIn(entry) : 0);
  };
}

function tokensIn(entry: Entry): number {
  const { input_tokens, cached_input_tokens, output_tokens, reasoning_tokens } = entry;
  return (input_tokens ?? 0) + (cached_input_tokens ?? 0) + (output_tokens ?? 0) + (reasoning_tokens ?? 0);
}

/** Counts the difference between what was taken in advance and what was used. */
function correctTokens({ desk, held, tokens }: Taken, used: number): void {
  if (used === tokens) return;
  const subjects = held.limited.filter(({ unit }) => unit === 'tokens').map(({ subject }) => subject);
  void desk.limits.count(subjects, used - tokens);
}

/** Gives back all that was counted: the call is not made, and not for its own rate. */
function giveBack({ desk, subjects }: Taken, requests: number): void {
  if (subjects.length === 0) return;
  void desk.limits.count(
    subjects.map((subject) => ({ ...subject, cost: -(subject.cost ?? requests) })),
    -requests,
  );
}

function tellHeaders(applicant: Applicant, headers: RateHeaders, thrown: Error): Error {
  for (const [name, value] of Object.entries(headers)) applicant.response.setHeader(name, value);
  return thrown;
}
