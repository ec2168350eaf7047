// From words to the forms that are indexed and searched for: the same for passages and questions, and numbered, because what
// was indexed under one number must not be searched under another.
import { newStemmer } from 'snowball-stemmers';
import { findWords, splitWord } from './find-words.ts';
import { type Language, stopWords } from './stop-words.ts';

/** Grows whenever the same text would be analysed differently. */
export const ANALYSER_VERSION = 1;

export type Analyser = ReturnType<typeof createAnalyser>;

/** Words remembered with their forms: stemming costs 12 µs, remembering 50 ns. */
const REMEMBERED_MAX = 60_000;
const ACCENTS = /[\u0300-\u036f]/g;

/** Makes an analyser with a memory of its own (some MB at most). */
export function createAnalyser() {
  const stemmers = { en: newStemmer('english'), de: newStemmer('german') };
  const memories: Record<Language, Map<string, string[]>> = { en: new Map(), de: new Map(), none: new Map() };

  function formOf(part: string, language: Language): string | undefined {
    const lower = part.toLowerCase();
    if (stopWords[language].has(lower)) return undefined;
    const stem = language === 'none' ? lower : stemmers[language].stem(lower);
    return (
      (language === 'de' ? stem : stem.normalize('NFD').replace(ACCENTS, '').normalize('NFC')) || undefined
    );
  }

  /** The forms of one word: none for a stop word, several for a compound; the whole of a name comes first. */
  function formsOf(word: string, language: Language): string[] {
    const memory = memories[language];
    const known = memory.get(word);
    if (known) return known;
    const { whole, parts } = splitWord(word);
    const forms = parts.flatMap((part) => formOf(part, language) ?? []);
    if (whole !== undefined) forms.unshift(whole.toLowerCase());
    if (memory.size >= REMEMBERED_MAX) memory.clear();
    memory.set(word, forms);
    return forms;
  }

  /** Counts the forms of a text into `into`, each occurrence `weight` times; answers how many words there were. */
  function countForms(text: string, language: Language, count: (form: string) => void): void {
    findWords(text, (word) => {
      for (const form of formsOf(word, language)) count(form);
    });
  }

  return { formsOf, countForms };
}
