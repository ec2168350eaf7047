// Reads the postings of one term in place.
import type { SegmentView } from './open-segment.ts';

/** Calls `visit` for each passage that has term number `term`, ascending, with how often. */
export function readPostings(
  segment: SegmentView,
  term: number,
  visit: (passage: number, count: number) => void,
): void {
  const { bytes, directory } = segment;
  const found = directory[3 * term + 2]!;
  let at = directory[3 * term + 1]!;
  let passage = -1;
  for (let i = 0; i < found; i++) {
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
    visit(passage, count);
  }
}
