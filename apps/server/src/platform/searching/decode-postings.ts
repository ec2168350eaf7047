// Reads the postings of one term in place, into arrays that are used again: the loops over them stay simple and fast.
import type { SegmentView } from './open-segment.ts';

export type Postings = {
  /** So many of the arrays' numbers are meant. */
  length: number;
  /** Passages that have the term, ascending. */
  passages: Int32Array;
  /** How often each has it. */
  counts: Int32Array;
};

let passages = new Int32Array(1_024);
let counts = new Int32Array(1_024);

/** The postings of term number `term`; valid until the next call. */
export function decodePostings({ bytes, directory }: SegmentView, term: number): Postings {
  const length = directory[3 * term + 2]!;
  if (length > passages.length) {
    passages = new Int32Array(length * 2);
    counts = new Int32Array(length * 2);
  }
  let at = directory[3 * term + 1]!;
  let passage = -1;
  for (let i = 0; i < length; i++) {
    let value = bytes[at++]!;
    if (value > 127) {
      value &= 127;
      for (let shift = 7, next = 128; next > 127; shift += 7) {
        next = bytes[at++]!;
        value |= (next & 127) << shift;
      }
    }
    passage += (value >>> 1) + 1;
    let count = 1;
    if ((value & 1) === 0) {
      count = bytes[at++]!;
      if (count > 127) {
        count &= 127;
        for (let shift = 7, next = 128; next > 127; shift += 7) {
          next = bytes[at++]!;
          count |= (next & 127) << shift;
        }
      }
    }
    passages[i] = passage;
    counts[i] = count;
  }
  return { length, passages, counts };
}
