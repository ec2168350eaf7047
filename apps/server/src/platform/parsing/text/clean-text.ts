// Unicode made safe to store, search and show: what is invisible is dropped, and told of where it could carry words.
import type { Notes } from '../document.ts';

/** Characters that never belong into a stored text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g;
const TAGS = /[\u{e0000}-\u{e007f}]+/gu;
const FLAG_TAGS = /(?<=\u{1f3f4})[\u{e0020}-\u{e007f}]{1,12}/gu;
const SELECTORS = /[\u{e0100}-\u{e01ef}\u{fe00}-\u{fe0e}]+/gu;
const INVISIBLE = /(?:[\u200b\u2060-\u2064\ufeff\u180e\u00ad\u115f\u1160\u3164\uffa0]|\u034f)+/g;
/** Of these, the ones that programs use between words and in formulas. */
const USUAL = /^[\u00ad\u2060-\u2064]+$/;
const DIRECTION = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]+/g;
/** Joiners are needed in emoji and in scripts that join letters, and nowhere else. */
const IDLE_JOINERS = /(?<![\u0300-\uffff])[\u200c\u200d]+|[\u200c\u200d]+(?![\u0300-\uffff])/g;

/** Normalises a text and tells of what was hidden in it; line ends become \n. */
export function cleanText(text: string, notes: Notes, page?: number): string {
  let clean = text.toWellFormed();
  if (clean.includes('\r')) clean = clean.replace(/\r\n?/g, '\n');
  // Nearly all text has nothing of this.
  if (/[^\t\n\u0020-\u007e\u00a0-\u00ac\u00ae-\u02ff]/.test(clean)) clean = dropInvisible(clean, notes, page);
  return clean.normalize('NFC');
}

function dropInvisible(text: string, notes: Notes, page?: number): string {
  const tell = (reason: string, words: string) => notes.hide(words, reason, page);
  return text
    .replace(FLAG_TAGS, '')
    .replace(TAGS, (run) => {
      tell(
        'unicode tags',
        String.fromCodePoint(...[...run].slice(0, 500).map((c) => c.codePointAt(0)! & 0x7f)),
      );
      return '';
    })
    .replace(SELECTORS, (run) => {
      if ([...run].length > 3) tell('variation selectors', readSelectors(run));
      return '';
    })
    .replace(DIRECTION, (run, at: number) => {
      if (/[\u202d\u202e]/.test(run)) tell('bidirectional override', around(text, at));
      return '';
    })
    .replace(INVISIBLE, (run, at: number, whole: string) => {
      const inWord = /\w/.test(whole[at - 1] ?? '') && /\w/.test(whole[at + run.length] ?? '');
      if (inWord && !USUAL.test(run)) tell('zero-width characters', around(whole, at));
      return '';
    })
    .replace(IDLE_JOINERS, '')
    .replace(CONTROLS, '');
}

/** Bytes smuggled as variation selectors, as text. */
function readSelectors(run: string): string {
  const bytes = [...run].slice(0, 500).map((character) => {
    const code = character.codePointAt(0)!;
    return code >= 0xe0100 ? code - 0xe0100 + 16 : code - 0xfe00;
  });
  return Buffer.from(bytes).toString();
}

function around(text: string, at: number): string {
  return text.slice(Math.max(0, at - 20), at + 20).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, '');
}

/** One line without anything invisible; for titles, names and other small things. */
export function cleanLine(text: string): string {
  return text
    .toWellFormed()
    .replace(TAGS, '')
    .replace(SELECTORS, '')
    .replace(DIRECTION, '')
    .replace(INVISIBLE, '')
    .replace(/[\t\n\r]/g, ' ')
    .replace(CONTROLS, '')
    .replace(/\s+/g, ' ')
    .normalize('NFC')
    .trim();
}
