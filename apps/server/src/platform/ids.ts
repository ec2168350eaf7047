// Ids: UUIDv7 (RFC 9562), so that rows sort by the time they were made; and the compact spelling used inside API keys.
import { randomFillSync } from 'node:crypto';

const pool = Buffer.alloc(10 * 1024);
let used = pool.length;
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** A new UUIDv7 for the moment `nowMs` (milliseconds since the epoch); 74 random bits. */
export function newId(nowMs: number = Date.now()): string {
  if (used >= pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const b = pool.subarray(used, used + 10);
  used += 10;
  const time = nowMs.toString(16).padStart(12, '0');
  const h = (i: number) => hex[b[i]!]!;
  const version = `7${hex[b[0]!]![1]}${h(1)}`;
  const variant = `${hex[(b[2]! & 0x3f) | 0x80]}${h(3)}`;
  return `${time.slice(0, 8)}-${time.slice(8)}-${version}-${variant}-${h(4)}${h(5)}${h(6)}${h(7)}${h(8)}${h(9)}`;
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A UUID as 22 base-62 digits. */
export function packId(id: string): string {
  let value = BigInt(`0x${id.replaceAll('-', '')}`);
  let text = '';
  for (let i = 0; i < 22; i++) {
    text = digits[Number(value % 62n)] + text;
    value /= 62n;
  }
  return text;
}

/** The UUID behind 22 base-62 digits; undefined when the text is none. */
export function unpackId(text: string): string | undefined {
  if (!/^[0-9A-Za-z]{22}$/.test(text)) return undefined;
  let value = 0n;
  for (const digit of text) value = value * 62n + BigInt(digits.indexOf(digit));
  if (value >> 128n) return undefined;
  const h = value.toString(16).padStart(32, '0');
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
}

/** `length` random base-62 characters (5.95 bits each), without modulo bias. */
export function randomText(length: number): string {
  let text = '';
  const bytes = Buffer.alloc(length * 2);
  while (text.length < length) {
    randomFillSync(bytes);
    for (const byte of bytes) if (byte < 248 && text.length < length) text += digits[byte % 62];
  }
  return text;
}
