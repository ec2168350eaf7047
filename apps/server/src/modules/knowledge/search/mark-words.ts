// Where the words of a question stand in a text: offsets, so that whoever shows the text decides how to mark them.
import { createAnalyser, findWords, type Language } from '../../../platform/text/index.ts';

export type Span = { start: number; end: number };

const SPANS_MAX = 200;
const analyser = createAnalyser();

/** Words of the text that have one of the forms in one of the languages; in order, at most 200. */
export function markWords(
  text: string,
  { forms, languages }: { forms: ReadonlySet<string>; languages: readonly Language[] },
): Span[] {
  const spans: Span[] = [];
  if (forms.size === 0) return spans;
  findWords(text, (word, start) => {
    if (spans.length >= SPANS_MAX) return;
    const isFound = languages.some((language) =>
      analyser.formsOf(word, language).some((form) => forms.has(form)),
    );
    if (isFound) spans.push({ start, end: start + word.length });
  });
  return spans;
}
