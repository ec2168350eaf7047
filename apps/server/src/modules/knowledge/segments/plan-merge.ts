// Which segments of an index are to become one: eight of about one size, so that a passage is written again at most once for
// every eightfold growth of its collection; and a single one of which much is dead.

/** The kind of work that merging is. */
export const MERGE_SEGMENTS = 'merge-segments';
/** So many of one size become one. */
export const MERGE_AT = 8;
const DEAD_SHARE_MAX = 0.25;
const GROWTH = 8;

export type SegmentSize = { id: string; passages: number; documents: number; dead: number };

/** The segments to merge next, oldest first; undefined when nothing is worth it. `passagesMax` bounds the result. */
export function planMerge(segments: readonly SegmentSize[], passagesMax: number): string[] | undefined {
  const sizes = new Map<number, SegmentSize[]>();
  for (const segment of segments) {
    const size = Math.floor(Math.log(Math.max(1, segment.passages)) / Math.log(GROWTH));
    sizes.set(size, [...(sizes.get(size) ?? []), segment]);
  }
  for (const size of [...sizes.keys()].sort((one, other) => one - other)) {
    const alike = sizes.get(size)!.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    if (alike.length < MERGE_AT) continue;
    const chosen = fitting(alike, passagesMax);
    if (chosen.length > 1) return chosen.map(({ id }) => id);
  }
  const decayed = segments.find(({ dead, documents }) => dead > documents * DEAD_SHARE_MAX);
  return decayed && [decayed.id];
}

/** As many as fit into one segment, the smallest first. */
function fitting(alike: readonly SegmentSize[], passagesMax: number): SegmentSize[] {
  let sum = 0;
  return alike.filter(({ passages }) => {
    if (sum + passages > passagesMax) return false;
    sum += passages;
    return true;
  });
}
