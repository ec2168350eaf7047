// Passports, by their machine-readable zone: three check digits make it sure.
import { icaoCheckDigit } from './checksums.ts';
import type { Match } from './match.ts';

/** The second line of a passport's machine-readable zone: number, birth and expiry each with a check digit. */
export function findPassports(text: string): Match[] {
  const found: Match[] = [];
  for (const match of text.matchAll(/[A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{14}[\d<]\d/g)) {
    const line = match[0];
    const fields = [line.slice(0, 10), line.slice(13, 20), line.slice(21, 28)];
    if (fields.every((field) => icaoCheckDigit(field.slice(0, -1)) === Number(field.at(-1))))
      found.push({ kind: 'passport', start: match.index, end: match.index + line.length, score: 0.99 });
  }
  return found;
}
