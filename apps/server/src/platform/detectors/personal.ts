// Personal numbers and addresses whose form, and where there is one whose checksum, gives them away. Linear in the text.
import { isIP } from 'node:net';
import { isValidIBAN } from 'ibantools';
import { passesLuhn } from './checksums.ts';
import { hasContext, type Match, standsAlone } from './match.ts';

const localPart = /[A-Za-z0-9._%+\-'\u00a1-\uffff]/;
const domain =
  /^(?:[A-Za-z0-9\u00a1-\uffff](?:[A-Za-z0-9\u00a1-\uffff-]{0,61}[A-Za-z0-9\u00a1-\uffff])?\.){1,8}[A-Za-z\u00a1-\uffff]{2,24}/;

/** E-mail addresses, found from their @. */
export function findEmails(text: string): Match[] {
  const found: Match[] = [];
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    let start = at;
    while (start > 0 && at - start < 64 && localPart.test(text[start - 1]!)) start--;
    while (start < at && /[.'+-]/.test(text[start]!)) start++;
    const host = domain.exec(text.slice(at + 1, at + 255));
    if (start < at && host) found.push({ kind: 'email', start, end: at + 1 + host[0].length, score: 0.98 });
  }
  return found;
}

/** First digits and lengths of the great card schemes. */
const schemes =
  /^(?:4\d{11,18}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11,13}|6\d{11,18}|5[0678]\d{10,17}|35\d{14}|(?:1800|2131)\d{11,12})$/;
const cardWords = /\b(?:card|cc|credit|debit|visa|mastercard|amex|karte|tarjeta|carte)\b/i;

/** Payment cards: 12 to 19 digits that pass Luhn. */
export function findCards(text: string): Match[] {
  const found: Match[] = [];
  for (const match of text.matchAll(/\d(?:[ -]?\d){11,18}/g)) {
    const [start, end] = [match.index, match.index + match[0].length];
    const digits = match[0].replace(/\D/g, '');
    if (!standsAlone(text, start, end) || !passesLuhn(digits)) continue;
    const score = schemes.test(digits) ? 0.95 : hasContext(text, start, cardWords) ? 0.85 : 0.5;
    found.push({ kind: 'credit_card', start, end, score });
  }
  return found;
}

/** International bank account numbers that pass their checksum, with or without spaces. */
export function findIbans(text: string): Match[] {
  const found: Match[] = [];
  for (const match of text.matchAll(/[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}/g)) {
    const start = match.index;
    if (/[\p{L}\p{N}]/u.test(text[start - 1] ?? ' ')) continue;
    const length = ibanLength(match[0]);
    if (length && standsAlone(text, start, start + length))
      found.push({ kind: 'iban', start, end: start + length, score: 0.99 });
  }
  return found;
}

/** The longest beginning that is an IBAN and ends where a group ends: what follows may be the next word. */
function ibanLength(text: string): number | undefined {
  for (let end = text.length; end >= 15; end--) {
    if (end < text.length && !/[ -]/.test(text[end]!)) continue;
    if (isValidIBAN(text.slice(0, end).replace(/[ -]/g, '').toUpperCase())) return end;
  }
  return undefined;
}

const ssnWords = /\b(?:ssn|social security)\b/i;

/** US social security numbers: never 000, 666 or 900 and above, no group of zeros. */
export function findSsns(text: string): Match[] {
  const found: Match[] = [];
  for (const match of text.matchAll(/(?!000|666|9)\d{3}([- ]?)(?!00)\d{2}\1(?!0000)\d{4}/g)) {
    const [start, end] = [match.index, match.index + match[0].length];
    if (!standsAlone(text, start, end) || (/[-.]/.test(text[end] ?? '') && /\d/.test(text[end + 1] ?? '')))
      continue;
    const named = hasContext(text, start, ssnWords);
    const score = named ? 0.97 : match[1] === '-' ? 0.85 : match[1] === ' ' ? 0.5 : 0.2;
    found.push({ kind: 'us_ssn', start, end, score });
  }
  return found;
}

/** IP addresses, version 4 and 6. */
export function findIps(text: string): Match[] {
  const found: Match[] = [];
  const add = (start: number, value: string, score: number) =>
    found.push({ kind: 'ip_address', start, end: start + value.length, score });
  for (const match of text.matchAll(/\d{1,3}(?:\.\d{1,3}){3}/g)) {
    const [start, end] = [match.index, match.index + match[0].length];
    const goesOn =
      /^\.\d/.test(text.slice(end, end + 2)) || /\d\.$/.test(text.slice(Math.max(0, start - 2), start));
    if (isIP(match[0]) === 4 && standsAlone(text, start, end) && !goesOn)
      add(
        start,
        match[0],
        /\bv(?:ersion)?[ .]?$/i.test(text.slice(Math.max(0, start - 9), start)) ? 0.4 : 0.9,
      );
  }
  for (const match of text.matchAll(/[0-9a-f:]{2,39}(?:\.\d{1,3}){0,3}/gi)) {
    const value = match[0].replace(/(?<!:):$/, '');
    if (value.includes('::') || value.split(':').length === 8)
      if (isIP(value) === 6 && value.length > 3 && standsAlone(text, match.index, match.index + value.length))
        add(match.index, value, 0.95);
  }
  return found;
}
