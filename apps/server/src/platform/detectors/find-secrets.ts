// Keys and passwords that somebody pasted. Providers give their keys a prefix, which makes them sure; an assignment to a
// name like "password" counts by how random the value looks.
import type { Match } from './match.ts';

const prefixed: [RegExp, number][] = [
  [/\bsk-(?:ant-|proj-|or-v1-|svcacct-)?[A-Za-z0-9_-]{20,200}/g, 0.97],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, 0.97],
  [/\bgh[pousr]_[A-Za-z0-9]{36,255}\b|\bgithub_pat_[A-Za-z0-9_]{22,255}\b/g, 0.99],
  [/\bglpat-[A-Za-z0-9_-]{20,64}/g, 0.98],
  [/\bxox[abposr]-[A-Za-z0-9-]{10,200}/g, 0.98],
  [/\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,128}\b/g, 0.98],
  [/\bAIza[A-Za-z0-9_-]{35}/g, 0.97],
  [/\bnpm_[A-Za-z0-9]{36}\b/g, 0.98],
  [/\bhf_[A-Za-z0-9]{30,64}\b/g, 0.95],
  [/\bgsk_[A-Za-z0-9]{40,64}\b/g, 0.95],
  [/\bSG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64}/g, 0.98],
  [/\binsula_(?:live|test)_[A-Za-z0-9_-]{16,128}/g, 0.99],
  [/\beyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{16,2000}/g, 0.97],
];
const keyBlock = /-----BEGIN (?:[A-Z]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g;
const keyEnd = /-----END (?:[A-Z]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/;
const KEY_CHARACTERS_MAX = 12_000;
const assignment =
  /\b(?:api[_-]?key|apikey|secret(?:[_-]?key)?|access[_-]?token|auth[_-]?token|client[_-]?secret|password|passwd|pwd|bearer)\b["']?\s{0,3}(?:[:=]|\bis\b|(?<=bearer))\s{0,3}["']?([^\s"'`,;<>]{8,200})/gi;
const inAddress = /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{1,64}:([^\s:@/]{3,128})@/gi;

/** Provider keys, tokens, passwords (`api_key`) and private keys (`private_key`). */
export function findSecrets(text: string): Match[] {
  const found: Match[] = [];
  const add = (kind: string, at: { start: number; length: number; score: number }) =>
    found.push({ kind, start: at.start, end: at.start + at.length, score: at.score });
  for (const [form, score] of prefixed)
    for (const match of text.matchAll(form))
      add('api_key', { start: match.index, length: match[0].length, score });
  for (const form of [assignment, inAddress])
    for (const match of text.matchAll(form)) {
      const value = match[1]!;
      const score = form === inAddress ? 0.9 : scoreRandomness(value);
      const start = match.index + match[0].lastIndexOf(value);
      if (score > 0) add('api_key', { start, length: value.length, score });
    }
  let after = 0;
  for (const match of text.matchAll(keyBlock)) {
    if (match.index < after) continue; // inside the block before it
    const rest = text.slice(match.index, match.index + KEY_CHARACTERS_MAX);
    const end = keyEnd.exec(rest);
    const length = end ? end.index + end[0].length : rest.length;
    add('private_key', { start: match.index, length, score: 0.99 });
    after = match.index + length;
  }
  return found;
}

/** How much a value looks like a secret and not like a word: its kinds of characters and its entropy a character. */
function scoreRandomness(value: string): number {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
  if (kinds < 2 || /^[$<{%[]/.test(value)) return 0;
  const counts = new Map<string, number>();
  for (const sign of value) counts.set(sign, (counts.get(sign) ?? 0) + 1);
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / value.length) * Math.log2(count / value.length);
  return Math.min(0.95, 0.35 + 0.1 * kinds + 0.09 * entropy);
}
