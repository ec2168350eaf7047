// The end of a text that is still being written is held back as far as something forbidden could be growing there: what is
// let out has been read as a whole, with what comes before and after it.
import type { Found } from './scan-texts.ts';

/** Judges a text; what it finds are offsets in that text. */
export type Judge = (text: string) => Found[] | Promise<Found[]>;
export type Release = { text: string; found: Found[]; at: number };
export type HeldText = {
  /** Takes more of the text; answers what may be let out now, with what was found in it. */
  add(delta: string, isEnd: boolean): Promise<Release> | Release;
};

const CONTEXT_CHARACTERS = 64;
/** What is let out at least at once: the text is read again for each piece. */
const STEP_CHARACTERS = 24;
/** A word without spaces, such as a token, is held as a whole up to here. */
const WORD_MAX = 4_096;
/** A match that goes on and on, such as a private key, is held as a whole up to here. */
const MATCH_MAX = 16_384;

/** Holds `holdCharacters` at the end, or pieces of `windowCharacters` if that is more than 0 (for rules that ask a model). */
export function holdText(
  judge: Judge,
  options: { holdCharacters: number; windowCharacters: number },
): HeldText {
  let context = '';
  let pending = '';
  let at = 0;

  function release(found: readonly Found[], isEnd: boolean): Release {
    const own = found
      .filter(({ end }) => end > context.length)
      .map((one) => ({
        ...one,
        start: Math.max(0, one.start - context.length),
        end: one.end - context.length,
      }));
    const cut = isEnd ? pending.length : cutBefore(pending, own, options.holdCharacters);
    const text = pending.slice(0, cut);
    const out = {
      text,
      at,
      found: own.filter(({ start }) => start < cut).map((one) => ({ ...one, end: Math.min(one.end, cut) })),
    };
    context = (context + text).slice(-CONTEXT_CHARACTERS);
    pending = pending.slice(cut);
    at += cut;
    return out;
  }

  return {
    add(delta, isEnd) {
      pending += delta;
      const { holdCharacters: hold, windowCharacters } = options;
      const isEarly = pending.length < Math.max(hold > 0 ? hold + STEP_CHARACTERS : 0, windowCharacters);
      if (pending === '' || (isEarly && !isEnd)) return { text: '', found: [], at };
      const found = judge(context + pending);
      return found instanceof Promise ? found.then((all) => release(all, isEnd)) : release(found, isEnd);
    },
  };
}

/** Where the text can be cut: outside of words and matches, `hold` before its end; at its end if there is nothing to hold for. */
function cutBefore(text: string, found: readonly Found[], hold: number): number {
  if (hold === 0 && found.length === 0) return text.length;
  let cut = Math.max(0, text.length - hold);
  const wordStart = cut;
  while (cut > 0 && wordStart - cut < WORD_MAX && /[!-~]/.test(text[cut - 1]!)) cut--;
  if (wordStart - cut >= WORD_MAX) cut = wordStart;
  for (let moved = true; moved; ) {
    const across = found.find(({ start, end }) => start < cut && end > cut && end - start < MATCH_MAX);
    moved = across !== undefined;
    if (across) cut = across.start;
  }
  // Half a character pair must not leave alone.
  return /[\ud800-\udbff]/.test(text[cut - 1] ?? '') ? cut - 1 : cut;
}
