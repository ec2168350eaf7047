// What an answer says about limits: the fields of the IETF's draft (draft-ietf-httpapi-ratelimit-headers), and those that
// OpenAI's SDKs read.
import type { Verdict } from '../../../platform/limits/index.ts';
import type { Limited } from './limitations-of.ts';
import { nameOfSpan } from './limits-of.ts';

type Standing = Verdict['windows'][number];

/** Names of headers and their values; an empty object where nothing is limited. */
export type RateHeaders = Record<string, string>;

/** What never changes about a list of limits: the name of each window, and the policy that lists all of them. */
type Words = { names: string[]; policy: string };
const said = new WeakMap<readonly Limited[], Words>();

/** The headers of a verdict on `limited`, whose windows stand in it in the same order. */
export function rateHeaders(verdict: Verdict, limited: readonly Limited[]): RateHeaders {
  const tightest: { requests?: Standing; tokens?: Standing } = {};
  const { names, policy } = wordsOf(limited);
  const called: { requests?: string | undefined; tokens?: string | undefined } = {};
  let at = 0;
  for (const { unit, subject } of limited) {
    for (let window = 0; window < subject.windows.length; window++) {
      const name = names[at];
      const standing = verdict.windows[at++];
      if (!standing) continue;
      const before = tightest[unit];
      if (before && before.remaining <= standing.remaining) continue;
      tightest[unit] = standing;
      called[unit] = name;
    }
  }
  const headers: RateHeaders = {};
  let told = '';
  for (const unit of ['requests', 'tokens'] as const) {
    const standing = tightest[unit];
    if (!standing) continue;
    told += `${told && ', '}"${called[unit]}";r=${standing.remaining};t=${standing.resetSeconds}`;
    headers[`x-ratelimit-limit-${unit}`] = String(standing.limit);
    headers[`x-ratelimit-remaining-${unit}`] = String(standing.remaining);
    headers[`x-ratelimit-reset-${unit}`] = durationOf(standing.resetSeconds);
  }
  if (told === '') return headers;
  headers['ratelimit-policy'] = policy;
  headers.ratelimit = told;
  return headers;
}

const nameOf = (whose: string, unit: string, seconds: number) =>
  `${whose.toLowerCase().replace(' ', '-')}-${unit}-${nameOfSpan(seconds)}`;

function wordsOf(limited: readonly Limited[]): Words {
  const known = said.get(limited);
  if (known) return known;
  const windows = limited.flatMap(({ whose, unit, subject }) =>
    subject.windows.map((window) => ({ ...window, unit, name: nameOf(whose, unit, window.seconds) })),
  );
  const policy = windows
    .map(({ name, limit, seconds, unit }) => {
      const quota = unit === 'tokens' ? ';qu="tokens"' : '';
      return `"${name}";q=${limit}${quota};w=${seconds}`;
    })
    .join(', ');
  const words = { names: windows.map(({ name }) => name), policy };
  said.set(limited, words);
  return words;
}

/** As OpenAI writes it: `1s`, `6m0s`, `1h0m0s`. */
function durationOf(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return `${hours}h${minutes}m${seconds % 60}s`;
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}
