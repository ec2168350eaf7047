// The words of a question as they are searched for: in the forms of every language that the searched passages are in.
import type { Analyser } from './create-analyser.ts';
import { findWords } from './find-words.ts';
import type { Language } from './stop-words.ts';

/** A word of a question: its forms in the languages searched, any of which will do, and how often it is asked for. */
export type QuestionWord = { word: string; forms: string[]; weight: number };

/** Words behind these are not looked at: a question is no document. */
const WORDS_MAX = 256;

/** The words of a question without those that say nothing; a compound gives its parts as well. */
export function readQuestion(
  analyser: Analyser,
  question: string,
  languages: readonly Language[],
): QuestionWord[] {
  const words = new Map<string, QuestionWord>();
  findWords(question, (word) => {
    const readings = languages.map((language) => analyser.formsOf(word, language));
    const parts = Math.max(0, ...readings.map((forms) => forms.length));
    for (let part = 0; part < parts; part++) {
      const forms = [...new Set(readings.flatMap((reading) => reading[part] ?? []))];
      const key = forms.join('\n');
      const known = words.get(key);
      if (known) known.weight++;
      else if (words.size < WORDS_MAX)
        words.set(key, { word: parts === 1 ? word : forms[0]!, forms, weight: 1 });
    }
  });
  return [...words.values()];
}
