// Tokens counted by us where the provider did not say: a cheap rule, always labelled `counted`. English text has some 4.2
// bytes a token, Chinese in UTF-8 some 3 to 4.5; a quarter of the bytes is within a third of the truth for both.
import type { TokenCounts } from '../ledger/index.ts';
import { isObject } from './parse-object.ts';

/** Tokens in so many bytes of UTF-8: a quarter, rounded up. */
export function tokensOfBytes(bytes: number): number {
  return Math.ceil(bytes / 4);
}

/** Counted usage: input from the bytes of the request's body, output from the bytes of text and the number of deltas (each is a token at least). */
export function countTokens(bodyBytes: number, textBytes: number, deltas: number): TokenCounts {
  return {
    input_tokens: tokensOfBytes(bodyBytes),
    cached_input_tokens: 0,
    output_tokens: Math.max(deltas, tokensOfBytes(textBytes)),
    reasoning_tokens: 0,
  };
}

/** Fields of a message or delta that are the protocol's words, not the model's. */
const SILENT: ReadonlySet<string> = new Set([
  'role',
  'id',
  'type',
  'stop_reason',
  'stop_sequence',
  'signature',
]);

/** Bytes of text in a whole chat answer: every string in its messages but ids, roles and types. */
export function textBytesIn(answer: Readonly<Record<string, unknown>>): number {
  if (!Array.isArray(answer.choices)) return 0;
  return answer.choices.reduce(
    (sum: number, choice) => sum + (isObject(choice) ? stringBytes(choice.message ?? choice.text) : 0),
    0,
  );
}

/** Bytes of every string in a value, to a depth of 8, but those that are the protocol's words. */
export function stringBytes(value: unknown, depth = 0): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value !== 'object' || value === null || depth > 8) return 0;
  let sum = 0;
  for (const [name, part] of Object.entries(value))
    if (!SILENT.has(name)) sum += stringBytes(part, depth + 1);
  return sum;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Bytes of the JSON string whose quote is at `open` in `json` (latin1: a character is a byte). */
export function stringBytesAt(json: string, open: number): number {
  let length = 0;
  for (let p = open + 1; p < json.length && json.charCodeAt(p) !== QUOTE; p++, length++) {
    if (json.charCodeAt(p) !== BACKSLASH || json.charCodeAt(++p) !== 0x75) continue;
    p += 4; // \uXXXX: mostly a character that UTF-8 writes in three bytes
    length += 2;
  }
  return length;
}

/** Bytes of text in the JSON object that opens at `open` in `json` (latin1: a character is a byte); -1 when there is no whole object. */
export function textBytesAt(json: string, open: number): number {
  let bytes = 0;
  let depth = 0;
  let silent = false;
  for (let p = open; p < json.length; p++) {
    const c = json.charCodeAt(p);
    if (c === OPEN) depth++;
    else if (c === CLOSE && --depth === 0) return bytes;
    if (c !== QUOTE) continue;
    const start = p + 1;
    let length = 0;
    for (p = start; p < json.length && json.charCodeAt(p) !== QUOTE; p++, length++) {
      if (json.charCodeAt(p) !== BACKSLASH) continue;
      if (json.charCodeAt(++p) !== 0x75) continue;
      p += 4; // \uXXXX: mostly a character that UTF-8 writes in three bytes
      length += 2;
    }
    let next = p + 1;
    while (json.charCodeAt(next) === 0x20) next++;
    if (json.charCodeAt(next) === COLON) silent = SILENT.has(json.slice(start, p));
    else if (!silent) bytes += length;
  }
  return -1;
}
