// Which language a text is in, from the small words that every sentence has. A wrong guess costs little: words are indexed
// by their stem in the guessed language, and questions are stemmed in every language that the searched passages are in.
import { type Language, stopWords } from './stop-words.ts';

const SAMPLE_CHARACTERS = 6_000;
/** A text with so many words and none of the small ones is in a third language. */
const WORDS_MIN = 40;
/** Small words of one language only: "in", "an" and "so" are in both. */
const onlyIn = (one: 'en' | 'de', other: 'en' | 'de') =>
  new Set([...stopWords[one]].filter((word) => !stopWords[other].has(word)));
const english = onlyIn('en', 'de');
const german = onlyIn('de', 'en');

/** The language of a text, from its first 6,000 characters; English when there is too little to tell. */
export function guessLanguage(text: string): Language {
  const words =
    text
      .slice(0, SAMPLE_CHARACTERS)
      .toLowerCase()
      .match(/\p{L}+/gu) ?? [];
  let en = 0;
  let de = 0;
  for (const word of words) {
    if (english.has(word)) en++;
    if (german.has(word)) de++;
  }
  if (de > en) return 'de';
  return en === 0 && words.length >= WORDS_MIN ? 'none' : 'en';
}
