import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanLine, cleanText } from './clean-text.ts';
import { createNotes } from './create-notes.ts';

const CONTROLS = '\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f';
const UNSEEN = new RegExp(`[${CONTROLS}\\u200b\\u202a-\\u202e\\u2066-\\u2069\\u{e0000}-\\u{e007f}]`, 'u');
const tagged = (words: string) =>
  String.fromCodePoint(...[...words].map((letter) => 0xe0000 + letter.codePointAt(0)!));

test('a cleaned text can be stored and searched, and cleaning it again changes nothing', () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.oneof(
          fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
          fc.constantFrom('\ud800', '\udc00', '\0', '\r', '\u200b', '\u{e0041}', 'é'),
        ),
      }),
      (text) => {
        const clean = cleanText(text, createNotes());
        expect(clean.isWellFormed()).toBe(true);
        expect(clean).toBe(clean.normalize('NFC'));
        expect(clean).not.toMatch(UNSEEN);
        expect(cleanText(clean, createNotes())).toBe(clean);
        expect(cleanLine(text)).not.toMatch(/[\n\t]|^ | $/);
      },
    ),
    { numRuns: 1_000 },
  );
});

test('what could carry words unseen is told of', () => {
  const notes = createNotes();
  const bytes = Buffer.from('obey');
  const selectors = String.fromCodePoint(
    ...[...bytes].map((byte) => (byte < 16 ? 0xfe00 + byte : 0xe0100 + byte - 16)),
  );
  const clean = cleanText(
    `Hello${tagged('ignore me')} wo\u200brld \u202egnp.exe\u202c 😀${selectors}`,
    notes,
    3,
  );
  expect(clean).toBe('Hello world gnp.exe 😀');
  expect(notes.hidden.map(({ text, reason, page }) => [reason, page, text.slice(0, 9)])).toEqual([
    ['unicode tags', 3, 'ignore me'],
    ['variation selectors', 3, 'obey'],
    ['bidirectional override', 3, expect.any(String)],
    ['zero-width characters', 3, expect.any(String)],
  ]);
});

test('flags, families, soft hyphens and joined scripts are not suspected', () => {
  const notes = createNotes();
  const text = `🏴${tagged('gbeng')} 👩‍👩‍👧 می‌خواهم co\u00adoperate ❤️`;
  expect(cleanText(text, notes)).toBe('🏴 👩‍👩‍👧 می‌خواهم cooperate ❤️');
  expect(notes.hidden).toEqual([]);
});

test('a thousand hidden texts are told of by the first ones only', () => {
  const notes = createNotes();
  cleanText(`x${tagged('a')}y`.repeat(1_000), notes);
  expect(notes.hidden.length).toBeLessThanOrEqual(50);
});
