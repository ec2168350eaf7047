// The language of a text where a look is enough: by its script, and for the most common Latin ones by their smallest words.
const SAMPLE = 20_000;
const SCRIPTS: [language: string, pattern: RegExp][] = [
  ['ja', /[\u3040-\u30ff]/g],
  ['ko', /[\uac00-\ud7af]/g],
  ['zh', /[\u4e00-\u9fff]/g],
  ['ar', /[\u0600-\u06ff]/g],
  ['he', /[\u0590-\u05ff]/g],
  ['el', /[\u0370-\u03ff]/g],
  ['th', /[\u0e00-\u0e7f]/g],
  ['hi', /[\u0900-\u097f]/g],
  ['ru', /[\u0400-\u04ff]/g],
];
const WORDS: Record<string, string> = {
  en: 'the and of to in is that for with was are this it on be',
  de: 'der die das und ist nicht mit von den ein eine zu auf für sich',
  fr: 'le la les et des est une dans pour que qui sur pas au du',
  es: 'el la los las y es una para que con por del no se en',
  it: 'il la che di e per una non con sono del della gli in è',
  pt: 'o a os as e que não uma para com por do da em se',
  nl: 'de het een en van is niet dat op te voor met zijn er aan',
};
const SMALL = new Map(
  Object.entries(WORDS).map(([language, words]) => [language, new Set(words.split(' '))]),
);

/** BCP 47, or null where it cannot be told. */
export function detectLanguage(text: string): string | null {
  const sample = text.slice(0, SAMPLE);
  const letters = sample.match(/\p{L}/gu)?.length ?? 0;
  if (letters < 20) return null;
  for (const [language, pattern] of SCRIPTS)
    if ((sample.match(pattern)?.length ?? 0) > letters * (language === 'ja' ? 0.1 : 0.3)) return language;
  const words = sample.toLowerCase().match(/\p{L}+/gu) ?? [];
  if (words.length < 20) return null;
  const scores = [...SMALL].map(([language, small]) => ({
    language,
    score: scoreOf(words, small),
  }));
  scores.sort((a, b) => b.score - a.score);
  const [best, second] = scores;
  return best && second && best.score > 0.12 && best.score > second.score * 1.2 ? best.language : null;
}

/** The share of small words; a text that has only one or two different ones may have them by chance. */
function scoreOf(words: readonly string[], small: ReadonlySet<string>): number {
  const found = words.filter((word) => small.has(word));
  return new Set(found).size < 4 ? 0 : found.length / words.length;
}
