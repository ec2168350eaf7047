// Telephone numbers. Anything with a country code that the numbering plans know is one; a national number needs the form of
// one in a region of the rule, or a word before it that says so.
import { createRequire } from 'node:module';
import type { CountryCode } from 'libphonenumber-js/max';
import { hasContext, type Match, standsAlone } from './match.ts';

const candidate = /(?:\+|\()?\d(?:[ ().\-/\u00a0]{0,2}\d){6,16}(?: ?(?:x|ext\.?) ?\d{1,5})?/gi;
const words =
  /(?:\b(?:phone|tel|telephone|mobile|cell|fax|desk|office|call|dial|ring|contact|whatsapp|sms|text|reach|answering at|messages? to|telefon|handy|mobil|rufnummer|t\u00e9l|portable|tel\u00e9fono|m\u00f3vil)\b)[^\d\n]{0,25}\n?[^\d\n]{0,5}$/i;

type Plans = typeof import('libphonenumber-js/max');
const require = createRequire(import.meta.url);
let plans: Plans | undefined;

/** The numbering plans of the world: large, and read when the first number is looked at. */
function readPlans(): Plans {
  plans ??= require('libphonenumber-js/max') as Plans;
  return plans;
}

/** Whether the name is that of a region with a numbering plan. */
export function isRegion(name: string): boolean {
  return readPlans().isSupportedCountry(name);
}

/** Numbers looked up in the plans for one text; in a table of thousands, form and words decide about the rest. */
const LOOKUPS_MAX = 2_000;

/** Telephone numbers, national ones of `regions` (ISO 3166, such as `US`). */
export function findPhones(text: string, regions: readonly string[]): Match[] {
  const found: Match[] = [];
  let lookups = 0;
  for (const match of text.matchAll(candidate)) {
    const [start, end] = [match.index, match.index + match[0].length];
    const digits = match[0].replace(/ ?(?:x|ext).*/i, '').replace(/\D/g, '').length;
    if (digits > 15 || !standsAlone(text, start, end)) continue;
    const known = ++lookups <= LOOKUPS_MAX ? regions : [];
    const score = scorePhone(match[0], hasContext(text, start, words), known);
    if (score > 0) found.push({ kind: 'phone', start, end, score });
  }
  return found;
}

function scorePhone(number: string, isNamed: boolean, regions: readonly string[]): number {
  const { parsePhoneNumberFromString } = readPlans();
  if (number.startsWith('+')) {
    if (regions.length === 0) return 0.85;
    const parsed = parsePhoneNumberFromString(number);
    if (parsed?.isValid()) return 0.97;
    return parsed?.isPossible() ? 0.85 : isNamed ? 0.85 : 0.3;
  }
  // A date or an address of a machine has separators too.
  if (/^\d{4}-\d{2}-\d{2}|^\d{1,3}(?:\.\d{1,3}){3}$|^\d{1,2}[./]\d{1,2}[./]\d{4}$/.test(number)) return 0;
  const isValid = regions.some((region) =>
    parsePhoneNumberFromString(number, region as CountryCode)?.isValid(),
  );
  if (isNamed) return isValid ? 0.95 : 0.85;
  if (!isValid) return 0.3;
  return /\D/.test(number) ? 0.85 : 0.6;
}
