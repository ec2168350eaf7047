// Numbers of national identity documents, only where a checksum makes them sure. What has few check digits
// counts fully only when a word before it says what it is.
import { passesMod1110, remainder, weigh } from './checksums.ts';
import { hasContext, type Match, standsAlone } from './match.ts';

type Plan = {
  form: RegExp;
  /** Takes the number in upper case without separators. */
  check(value: string): boolean;
  score: number;
  /** Words that raise the score to 0.95. */
  words?: RegExp;
};

const taxWords = /\b(?:tax|steuer|steuer-?id(?:nr)?|idnr|identifikationsnummer|tin)\b/i;
const spanishLetters = 'TRWAGMYFPDXBNJZSQVHLCKE';
const finnishSigns = '0123456789ABCDEFHJKLMNPRSTUVWXY';

const plans: Plan[] = [
  {
    // Spain: DNI and NIE
    form: /(?:\d{8}|[XYZ]-?\d{7})-?[A-Z]/gi,
    check: (v) =>
      v.at(-1) ===
      spanishLetters[Number(v.slice(0, -1).replace(/^[XYZ]/, (c) => String('XYZ'.indexOf(c)))) % 23],
    score: 0.9,
  },
  { form: /[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]/gi, check: isCodiceFiscale, score: 0.97 },
  {
    // Brazil: CPF
    form: /\d{3}\.\d{3}\.\d{3}-\d{2}|\d{11}/g,
    check: isCpf,
    score: 0.6,
    words: /\bcpf\b/i,
  },
  {
    // France: number of the register
    form: /[12][ ]?\d{2}[ ]?(?:0[1-9]|1[0-2]|[2-9]\d)[ ]?(?:\d{2}|2[AB])[ ]?\d{3}[ ]?\d{3}[ ]?\d{2}/gi,
    check: (v) =>
      97 - remainder(v.slice(0, 13).replace('2A', '19').replace('2B', '18'), 97) === Number(v.slice(13)),
    score: 0.9,
  },
  {
    // China: resident identity card
    form: /[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]/gi,
    check: (v) =>
      '10X98765432'[weigh(v, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11] === v.at(-1),
    score: 0.95,
  },
  {
    // Finland: personal identity code
    form: /(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}[-+A-F]\d{3}[0-9A-FHJ-NPR-Y]/gi,
    check: (v) => finnishSigns[Number(v.slice(0, 6) + v.slice(-4, -1)) % 31] === v.at(-1),
    score: 0.95,
  },
  { form: /[1-9]\d{10}/g, check: isGermanTaxNumber, score: 0.6, words: taxWords },
  {
    // Poland: PESEL
    form: /\d{2}(?:[02468][1-9]|[13579][0-2])(?:0[1-9]|[12]\d|3[01])\d{5}/g,
    check: (v) => (10 - (weigh(v, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10 === Number(v[10]),
    score: 0.5,
    words: /\bpesel\b/i,
  },
];

/** National identity numbers. */
export function findNationalIds(text: string): Match[] {
  const found: Match[] = [];
  for (const plan of plans) {
    for (const match of text.matchAll(plan.form)) {
      const [start, end] = [match.index, match.index + match[0].length];
      const value = match[0].toUpperCase();
      const bare = value.replace(/[ .]|(?<=^[XYZ])-|(?<=^[XYZ]?\d+)-(?=[A-Z]$)|-(?=\d{2}$)/g, '');
      if (!standsAlone(text, start, end) || !plan.check(bare)) continue;
      const score = plan.words && hasContext(text, start, plan.words) ? 0.95 : plan.score;
      found.push({ kind: 'national_id', start, end, score });
    }
  }
  return found;
}

const oddValues = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

/** Italy: the last letter is the sum of the others, which count differently in odd and even places. */
function isCodiceFiscale(value: string): boolean {
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const sign = value[i]!;
    const rank = /\d/.test(sign) ? Number(sign) : sign.charCodeAt(0) - 65;
    sum += i % 2 === 0 ? oddValues[rank]! : rank;
  }
  return String.fromCharCode(65 + (sum % 26)) === value[15];
}

function isCpf(value: string): boolean {
  const digit = (length: number) =>
    ((weigh(
      value,
      Array.from({ length }, (_, i) => length + 1 - i),
    ) *
      10) %
      11) %
    10;
  return !/^(\d)\1*$/.test(value) && digit(9) === Number(value[9]) && digit(10) === Number(value[10]);
}

/** Eleven digits of which, in the first ten, exactly one comes twice or three times. */
function isGermanTaxNumber(value: string): boolean {
  const counts = Array.from({ length: 10 }, (_, d) => value.slice(0, 10).split(String(d)).length - 1);
  const repeated = counts.filter((count) => count > 1);
  return repeated.length === 1 && repeated[0]! <= 3 && passesMod1110(value);
}
