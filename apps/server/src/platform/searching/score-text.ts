// BM25, exact over what is searched: how many passages there are, how long they are and how many have a word is counted over
// the living passages of all segments of this search, whatever they were when a segment was written.
import type { QuestionWord } from '../text/index.ts';
import { decodePostings } from './decode-postings.ts';
import { findTerm, type SegmentView } from './open-segment.ts';

export const K1 = 1.2;
export const B = 0.75;

/** A segment in a search: `from` is the number of its first passage in the search; `state` holds 1 for passages that are dead. */
export type Searched = { segment: SegmentView; from: number; dead: Uint8Array | undefined };
/** What the scores were made from. */
export type TextFigures = { passages: number; averageLength: number; found: number[] };

type Place = { searched: Searched; term: number };

/** Adds each passage's score to `scores` (zeros before); answers the figures, `found` being passages that have each word. */
export function scoreText(
  searched: readonly Searched[],
  words: readonly QuestionWord[],
  scores: Float32Array,
): TextFigures {
  const { passages, averageLength } = measure(searched);
  const encoder = new TextEncoder();
  const found = words.map(({ forms, weight }) => {
    const postings = forms.flatMap((form) => findPostings(searched, encoder.encode(form)));
    const having = postings.reduce((sum, one) => sum + countLiving(one), 0);
    if (having === 0) return 0;
    const rarity = Math.log(1 + Math.max(0, passages - having + 0.5) / (having + 0.5));
    for (const one of postings) addScores(one, scores, { factor: weight * rarity * (K1 + 1), averageLength });
    return having;
  });
  return { passages, averageLength, found };
}

const lengthsOf = new WeakMap<SegmentView, number>();

/** How many passages live, and how many words they have on average. */
function measure(searched: readonly Searched[]): { passages: number; averageLength: number } {
  let passages = 0;
  let length = 0;
  for (const { segment, dead } of searched) {
    let whole = lengthsOf.get(segment);
    if (whole === undefined) {
      whole = segment.lengths.reduce((sum, one) => sum + one, 0);
      lengthsOf.set(segment, whole);
    }
    passages += segment.passages;
    length += whole;
    if (!dead) continue;
    for (let i = 0; i < dead.length; i++) {
      if (!dead[i]) continue;
      passages--;
      length -= segment.lengths[i]!;
    }
  }
  return { passages, averageLength: passages === 0 ? 1 : length / passages };
}

function findPostings(searched: readonly Searched[], spelling: Uint8Array): Place[] {
  return searched.flatMap((one) => {
    const term = findTerm(one.segment, spelling);
    return term < 0 ? [] : [{ searched: one, term }];
  });
}

function countLiving({ searched: { segment, dead }, term }: Place): number {
  if (!dead) return segment.directory[3 * term + 2]!;
  const { length, passages } = decodePostings(segment, term);
  let count = length;
  for (let i = 0; i < length; i++) count -= dead[passages[i]!]!;
  return count;
}

function addScores(
  { searched: { segment, from, dead }, term }: Place,
  scores: Float32Array,
  { factor, averageLength }: { factor: number; averageLength: number },
): void {
  const { lengths } = segment;
  const own = scores.subarray(from, from + segment.passages);
  const fixed = K1 * (1 - B);
  const perWord = (K1 * B) / averageLength;
  const { length, passages, counts } = decodePostings(segment, term);
  for (let i = 0; i < length; i++) {
    const passage = passages[i]!;
    if (dead !== undefined && dead[passage] === 1) continue;
    const count = counts[i]!;
    own[passage]! += (factor * count) / (count + fixed + perWord * lengths[passage]!);
  }
}
