// What a detector says: where in a text something was found, and how sure it is.

/** A place in a text, offsets in UTF-16 units; `score` is between 0 and 1. */
export type Match = { kind: string; start: number; end: number; score: number };

const CONTEXT_CHARACTERS = 40;

/** Whether one of the words stands shortly before `start`: what makes a bare number a telephone number. */
export function hasContext(text: string, start: number, words: RegExp): boolean {
  return words.test(text.slice(Math.max(0, start - CONTEXT_CHARACTERS), start));
}

const wordCharacter = /[\p{L}\p{N}_]/u;

/** Whether the place is not the inside of a longer word or number. */
export function standsAlone(text: string, start: number, end: number): boolean {
  return !wordCharacter.test(text[start - 1] ?? ' ') && !wordCharacter.test(text[end] ?? ' ');
}

/** Matches in order of their place; of two that overlap the surer one stays, of two as sure the longer one. */
export function withoutOverlaps<M extends Match>(matches: readonly M[]): M[] {
  const kept: M[] = [];
  let cluster: M[] = [];
  let end = 0;
  for (const match of matches.toSorted((a, b) => a.start - b.start)) {
    if (match.start >= end) {
      kept.push(...chooseBest(cluster));
      cluster = [];
    }
    cluster.push(match);
    end = Math.max(end, match.end);
  }
  kept.push(...chooseBest(cluster));
  return kept;
}

/** Of matches that hang together, the best ones that do not overlap, in order. */
function chooseBest<M extends Match>(cluster: readonly M[]): readonly M[] {
  if (cluster.length <= 1) return cluster;
  const best = cluster.toSorted((a, b) => b.score - a.score || b.end - b.start - (a.end - a.start));
  const kept: M[] = [];
  for (const match of best)
    if (kept.every((other) => match.end <= other.start || match.start >= other.end)) kept.push(match);
  return kept.sort((a, b) => a.start - b.start);
}
