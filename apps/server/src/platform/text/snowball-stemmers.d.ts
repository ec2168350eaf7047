// The part of snowball-stemmers that is used here; the package brings no types.
declare module 'snowball-stemmers' {
  export function newStemmer(algorithm: 'english' | 'german'): { stem(word: string): string };
}
