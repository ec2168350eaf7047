// What an answer says about limits: the fields of the IETF's draft (draft-ietf-httpapi-ratelimit-headers), and those that
// OpenAI's SDKs read.
import type { Verdict } from '../../../platform/limits/index.ts';
import type { Limited } from './limitations-of.ts';
import { nameOfSpan } from './limits-of.ts';

type Standing = Verdict['windows'][number];

/** Names of headers and their values; an empty object where nothing is limited. */
export type RateHeaders = Record<string, string>;

const policies = new WeakMap<readonly Limited[], string>();

/** The headers of a verdict on `limited`, whose windows stand in it in the same order. */
export function rateHeaders(verdict: Verdict, limited: readonly Limited[]): RateHeaders {
  const tightest: { requests?: Standing; tokens?: Standing } = {};
  const names = new Map<Standing, string>();
  let at = 0;
  for (const { whose, unit, subject } of limited) {
    for (let window = 0; window < subject.windows.length; window++) {
      const standing = verdict.windows[at++];
      if (!standing) continue;
      const before = tightest[unit];
      if (before && before.remaining <= standing.remaining) continue;
      tightest[unit] = standing;
      names.set(standing, nameOf(whose, unit, standing.seconds));
    }
  }
  const told = [tightest.requests, tightest.tokens].filter((standing) => standing !== undefined);
  if (told.length === 0) return {};
  const headers: RateHeaders = {
    'ratelimit-policy': policyOf(limited),
    ratelimit: told.map((one) => `"${names.get(one)}";r=${one.remaining};t=${one.resetSeconds}`).join(', '),
  };
  for (const unit of ['requests', 'tokens'] as const) {
    const standing = tightest[unit];
    if (!standing) continue;
    headers[`x-ratelimit-limit-${unit}`] = String(standing.limit);
    headers[`x-ratelimit-remaining-${unit}`] = String(standing.remaining);
    headers[`x-ratelimit-reset-${unit}`] = durationOf(standing.resetSeconds);
  }
  return headers;
}

const nameOf = (whose: string, unit: string, seconds: number) =>
  `${whose.toLowerCase().replace(' ', '-')}-${unit}-${nameOfSpan(seconds)}`;

/** Every limit with its window; the same list is said only once. */
function policyOf(limited: readonly Limited[]): string {
  const known = policies.get(limited);
  if (known !== undefined) return known;
  const policy = limited
    .flatMap(({ whose, unit, subject }) =>
      subject.windows.map(({ seconds, limit }) => {
        const quota = unit === 'tokens' ? ';qu="tokens"' : '';
        return `"${nameOf(whose, unit, seconds)}";q=${limit}${quota};w=${seconds}`;
      }),
    )
    .join(', ');
  policies.set(limited, policy);
  return policy;
}

/** As OpenAI writes it: `1s`, `6m0s`, `1h0m0s`. */
function durationOf(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return `${hours}h${minutes}m${seconds % 60}s`;
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}
