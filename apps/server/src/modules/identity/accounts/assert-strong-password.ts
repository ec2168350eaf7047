// Which passwords are refused when one is chosen: short ones, the ones everybody takes, and what is known of the person.
// Length is what counts (NIST SP 800-63B); there are no rules about kinds of characters.
import { identityProblem } from '@insula/contract/identity';
import { frequentWords } from './frequent-words.ts';

const LENGTH_MIN = 10;
/** What is left beside a common word, the address or a row of keys must be at least this long to count for itself. */
const REST_MIN = 6;

const rows = [
  '01234567890123456789',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  '1q2w3e4r5t6y7u8i9o0p',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik',
  'qazwsxedcrfvtgbyhnujm',
];
const sequences = rows.flatMap((row) => [row, [...row].reverse().join('')]);

/** Throws `password_weak` with the reason. */
export function assertStrongPassword(password: string, email: string): void {
  const reason = weaknessOf(password, email.toLowerCase());
  if (reason) throw identityProblem('password_weak', { reason });
}

function weaknessOf(password: string, email: string): string | undefined {
  const plain = password.toLowerCase();
  if ([...password].length < LENGTH_MIN) return `use at least ${LENGTH_MIN} characters.`;
  if (isRepeated(plain)) return 'it repeats the same few characters.';
  if (plain.includes(email) && plain.length - email.length < REST_MIN) return 'it is your e-mail address.';
  const local = email.split('@')[0] ?? '';
  if (local.length >= 4 && plain.includes(local) && plain.length - local.length < REST_MIN)
    return 'it is mostly your e-mail address.';
  const spellings = [plain, withoutDisguise(plain)];
  if (spellings.some(isCommon)) return 'it is one of the most common passwords.';
  if (spellings.some(isSequence)) return 'it follows the order of letters, digits or keys.';
  return undefined;
}

/** `aaaaaaaaaa`, `abcabcabcabc`, or anything made of three characters. */
function isRepeated(text: string): boolean {
  if (new Set(text).size <= 3) return true;
  for (let period = 1; period <= Math.min(5, text.length / 2); period++) {
    if (text === text.slice(0, period).repeat(text.length).slice(0, text.length)) return true;
  }
  return false;
}

const disguises: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

function withoutDisguise(text: string): string {
  return [...text].map((character) => disguises[character] ?? character).join('');
}

/** Whether it is common words (one, or several in a row) with too little beside them. */
function isCommon(text: string): boolean {
  let rest = text;
  for (const word of frequentWords) {
    if (rest.includes(word)) rest = rest.replaceAll(word, '');
  }
  return rest !== text && [...rest].length < REST_MIN;
}

/** Whether a walk along a row of keys makes up all but a few of the characters. */
function isSequence(text: string): boolean {
  for (let length = text.length; length > text.length - REST_MIN && length >= 5; length--) {
    for (let start = 0; start + length <= text.length; start++) {
      const walk = text.slice(start, start + length);
      if (sequences.some((row) => row.includes(walk))) return true;
    }
  }
  return isTwoWalks(text);
}

/** `qwerty12345`, `abcde54321`: two walks, one after the other. */
function isTwoWalks(text: string): boolean {
  const isWalk = (part: string) => sequences.some((row) => row.includes(part));
  for (let cut = 3; cut <= text.length - 3; cut++) {
    if (isWalk(text.slice(0, cut)) && isWalk(text.slice(cut))) return true;
  }
  return false;
}
