// Where the words of a question stand in a text: offsets, so that whoever shows the text decides how to mark them.
import { createAnalyser, findWords, type Language } from '../../../platform/text/index.ts';

export type Span = { start: number; end: number };
export type Sought = { forms: ReadonlySet<string>; languages: readonly Language[] };

const SPANS_MAX = 200;
const PLAIN = /^[a-z]+$/i;
const analyser = createAnalyser();

/** Answers, for a text, which of its words have one of the forms in one of the languages; in order, at most 200. */
export function createMarker({ forms, languages }: Sought): (text: string) => Span[] {
  // A stem begins as its word does: most words need not be brought to theirs.
  const beginnings = new Set([...forms].map((form) => form[0]));
  const isSought = (word: string) =>
    (beginnings.has(word[0]!.toLowerCase()) || !PLAIN.test(word)) &&
    languages.some((language) => analyser.formsOf(word, language).some((form) => forms.has(form)));
  return (text) => {
    const spans: Span[] = [];
    if (forms.size === 0) return spans;
    findWords(text, (word, start) => {
      if (spans.length < SPANS_MAX && isSought(word)) spans.push({ start, end: start + word.length });
    });
    return spans;
  };
}
