// A second look: the best passages of the first say what the question is about better than its few words do. The question's
// vector moves towards theirs (Rocchio), and those that came near the top are scored anew. Found to help on test collections
// of two fields, chosen on each and checked on the other: docs/guides/search-quality.md.
import type { Lined, VectorQuestion } from './score-segments.ts';

/** How many of the best speak for the question, and how much beside its own words. */
const SPEAKERS = 5;
const SHARE = 0.6;

/** A passage by its number in the search, with the segment it is in. */
type Place = { number: number; segment: number };
export type SecondLook = {
  lined: readonly Lined[];
  questions: readonly VectorQuestion[];
  /** Best first. */
  candidates: readonly Place[];
};

/** The cosine of each candidate with the question as it is now understood, in their order. */
export function lookAgain({ lined, questions, candidates }: SecondLook): Float32Array {
  const cosines = new Float32Array(candidates.length);
  for (const { vector, segments } of questions) {
    const own = new Set(segments);
    const speakers = candidates.filter(({ segment }) => own.has(segment)).slice(0, SPEAKERS);
    const moved = moveTowards(
      vector,
      speakers.map((place) => readVector(lined, place)),
    );
    candidates.forEach((place, i) => {
      if (own.has(place.segment)) cosines[i] = multiply(lined, place, moved);
    });
  }
  return cosines;
}

/** The question and the mean of the others' directions, at length one. */
function moveTowards(question: Float32Array, others: readonly Float32Array[]): Float32Array {
  const mean = new Float32Array(question.length);
  for (const other of others) for (let i = 0; i < mean.length; i++) mean[i]! += other[i]!;
  const share = SHARE / (Math.hypot(...mean) || 1);
  const moved = question.map((value, i) => value + share * mean[i]!);
  const length = Math.hypot(...moved) || 1;
  return moved.map((value) => value / length);
}

function rowOf(lined: readonly Lined[], { number, segment }: Place) {
  const { segment: view, from } = lined[segment]!;
  const passage = number - from;
  const bytes = new Int8Array(view.bytes.buffer, view.vectorsAt + passage * view.stride, view.dimensions);
  return { bytes, scale: view.scales[passage]! };
}

function readVector(lined: readonly Lined[], place: Place): Float32Array {
  const { bytes, scale } = rowOf(lined, place);
  return Float32Array.from(bytes, (value) => value * scale);
}

function multiply(lined: readonly Lined[], place: Place, question: Float32Array): number {
  const { bytes, scale } = rowOf(lined, place);
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) sum += bytes[i]! * question[i]!;
  return sum * scale;
}
