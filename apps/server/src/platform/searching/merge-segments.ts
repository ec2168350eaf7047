// Several segments → one, without the passages of dead documents. What remains keeps its order: first segment first.
import { decodePostings } from './decode-postings.ts';
import type { SegmentView } from './open-segment.ts';
import { addTerm, beginTerms, type TermParts, writeSegment } from './write-segment.ts';

/** A segment with the numbers of its documents that are dead. */
export type MergeSource = { segment: SegmentView; dead: ReadonlySet<number> };
/** Which documents of which source the new segment has, in the order of their new numbers. */
export type MergedSegment = {
  bytes: Uint8Array<ArrayBuffer>;
  passages: number;
  documents: { source: number; document: number }[];
};

/** Where each passage of a source goes in the new segment; -1: nowhere. */
type Moved = { source: MergeSource; targets: Int32Array };

/** Merges segments of one collection and generation; all have the same number of dimensions. */
export function mergeSegments(sources: readonly MergeSource[]): MergedSegment {
  const { moved, documents, starts } = movePassages(sources);
  const passages = starts.at(-1)!;
  const first = sources.find(({ segment }) => segment.passages > 0)?.segment ?? sources[0]!.segment;
  const { dimensions, stride } = first;
  const ids = new Uint8Array(passages * 16);
  const lengths = new Uint16Array(passages);
  const scales = new Float32Array(passages);
  const vectors = new Int8Array(passages * stride);
  for (const { source, targets } of moved) {
    const { segment } = source;
    const own = new Int8Array(segment.bytes.buffer, segment.vectorsAt, segment.passages * stride);
    targets.forEach((target, passage) => {
      if (target < 0) return;
      ids.set(segment.ids.subarray(passage * 16, passage * 16 + 16), target * 16);
      lengths[target] = segment.lengths[passage]!;
      scales[target] = segment.scales[passage]!;
      vectors.set(own.subarray(passage * stride, (passage + 1) * stride), target * stride);
    });
  }
  const languages = sources.reduce((all, { segment }) => all | segment.languages, 0);
  const terms = mergeTerms(moved, passages);
  const parts = { dimensions, stride, languages, ids, lengths, scales, vectors, terms };
  return { bytes: writeSegment({ ...parts, starts: Uint32Array.from(starts) }), passages, documents };
}

function movePassages(sources: readonly MergeSource[]) {
  const documents: MergedSegment['documents'] = [];
  const starts: number[] = [];
  let next = 0;
  const moved = sources.map((source, index) => {
    const { segment, dead } = source;
    const targets = new Int32Array(segment.passages).fill(-1);
    for (let document = 0; document < segment.documents; document++) {
      if (dead.has(document)) continue;
      documents.push({ source: index, document });
      starts.push(next);
      for (let passage = segment.starts[document]!; passage < segment.starts[document + 1]!; passage++)
        targets[passage] = next++;
    }
    return { source, targets };
  });
  return { moved, documents, starts: [...starts, next] };
}

/** All terms in byte order, each read from the sources that have it. */
function mergeTerms(moved: readonly Moved[], passages: number): TermParts {
  const terms = beginTerms();
  const numbers = new Int32Array(passages);
  const counts = new Int32Array(passages);
  const heads = moved.map(({ source, targets }) => ({ segment: source.segment, targets, term: 0 }));
  for (;;) {
    let least: Uint8Array | undefined;
    for (const { segment, term } of heads) {
      if (term >= segment.terms) continue;
      const spelling = spellingOf(segment, term);
      if (!least || Buffer.compare(spelling, least) < 0) least = spelling;
    }
    if (!least) return terms;
    let found = 0;
    for (const from of heads) {
      if (from.term >= from.segment.terms) continue;
      if (Buffer.compare(spellingOf(from.segment, from.term), least) !== 0) continue;
      const postings = decodePostings(from.segment, from.term++);
      for (let i = 0; i < postings.length; i++) {
        const target = from.targets[postings.passages[i]!]!;
        if (target < 0) continue;
        numbers[found] = target;
        counts[found++] = postings.counts[i]!;
      }
    }
    if (found > 0)
      addTerm(terms, least, { passages: numbers.subarray(0, found), counts: counts.subarray(0, found) });
  }
}

function spellingOf({ bytes, directory }: SegmentView, term: number): Uint8Array {
  return bytes.subarray(directory[3 * term]!, directory[3 * term + 3]!);
}
