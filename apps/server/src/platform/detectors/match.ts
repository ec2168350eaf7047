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
  const best = matches.toSorted(
    (a, b) => b.score - a.score || b.end - b.start - (a.end - a.start) || a.start - b.start,
  );
  const kept: M[] = [];
  const taken: { start: number; end: number }[] = [];
  for (const match of best) {
    if (overlaps(taken, match)) continue;
    taken.splice(placeOf(taken, match.start), 0, match);
    kept.push(match);
  }
  return kept.sort((a, b) => a.start - b.start);
}

/** Where a place that begins at `start` belongs in a sorted list. */
function placeOf(taken: readonly { start: number }[], start: number): number {
  let [low, high] = [0, taken.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (taken[middle]!.start < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

function overlaps(taken: readonly { start: number; end: number }[], match: Match): boolean {
  const at = placeOf(taken, match.start);
  return (
    (taken[at - 1]?.end ?? 0) > match.start || (taken[at]?.start ?? Number.POSITIVE_INFINITY) < match.end
  );
}
