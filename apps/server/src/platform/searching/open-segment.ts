// The bytes of a segment: an immutable index over some thousand passages. It is read in place, from memory that threads
// share; nothing is decoded but what a search asks for. Numbers are little-endian, sections begin at multiples of 16.
//
//   header     16 unsigned 32-bit numbers, see `head`
//   ids        16 bytes a passage
//   documents  first passage of each document, and one number more for the end
//   lengths    words of each passage, 16 bits
//   terms      for each term in byte order: where its bytes begin, where its postings begin, how many there are; and an end
//   spellings  the terms' bytes, one after the other
//   postings   for each passage with the term: distance to the one before × 2, plus 1 if it occurs once; else its count
//   scales     a 32-bit float a passage: what its vector's numbers are to be multiplied with
//   vectors    `stride` signed bytes a passage

export const SEGMENT_FORMAT = 1;
const MAGIC = 0x31_47_45_53;
export const HEADER_BYTES = 64;

/** Places of the header's numbers. */
export const head = {
  magic: 0,
  format: 1,
  passages: 2,
  documents: 3,
  dimensions: 4,
  stride: 5,
  terms: 6,
  languages: 7,
  ids: 8,
  starts: 9,
  lengths: 10,
  directory: 11,
  spellings: 12,
  postings: 13,
  scales: 14,
  vectors: 15,
} as const;
export const MAGIC_NUMBER = MAGIC;

/** Bits of the header's `languages`. */
export const languageBits = { en: 1, de: 2, none: 4 } as const;

export type SegmentView = {
  passages: number;
  documents: number;
  dimensions: number;
  stride: number;
  terms: number;
  languages: number;
  ids: Uint8Array;
  /** First passage of document i; `starts[documents]` is the number of passages. */
  starts: Uint32Array;
  lengths: Uint16Array;
  /** Three numbers a term: spelling, postings, count. */
  directory: Uint32Array;
  bytes: Uint8Array;
  scales: Float32Array;
  /** Where the vectors begin in the buffer that was opened. */
  vectorsAt: number;
};

/** Opens a segment that begins at `at` (a multiple of 16) in a buffer; throws when the bytes are none of this format. */
export function openSegment(buffer: ArrayBufferLike, at: number): SegmentView {
  const header = new Uint32Array(buffer, at, HEADER_BYTES / 4);
  const read = (name: keyof typeof head) => header[head[name]]!;
  if (read('magic') !== MAGIC || read('format') !== SEGMENT_FORMAT)
    throw new Error('These bytes are no segment of this format.');
  const [passages, documents, terms] = [read('passages'), read('documents'), read('terms')];
  const end = read('vectors') + passages * read('stride');
  return {
    passages,
    documents,
    dimensions: read('dimensions'),
    stride: read('stride'),
    terms,
    languages: read('languages'),
    ids: new Uint8Array(buffer, at + read('ids'), passages * 16),
    starts: new Uint32Array(buffer, at + read('starts'), documents + 1),
    lengths: new Uint16Array(buffer, at + read('lengths'), passages),
    directory: new Uint32Array(buffer, at + read('directory'), 3 * (terms + 1)),
    bytes: new Uint8Array(buffer, at, end),
    scales: new Float32Array(buffer, at + read('scales'), passages),
    vectorsAt: at + read('vectors'),
  };
}

/** Where a term stands among the segment's terms, or -1. */
export function findTerm(segment: SegmentView, spelling: Uint8Array): number {
  const { directory, bytes } = segment;
  let low = 0;
  let high = segment.terms - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const own = { bytes, from: directory[3 * middle]!, until: directory[3 * middle + 3]! };
    const order = compareTo(spelling, own);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function compareTo(other: Uint8Array, own: { bytes: Uint8Array; from: number; until: number }): number {
  const { bytes, from, until } = own;
  const shared = Math.min(until - from, other.length);
  for (let i = 0; i < shared; i++) {
    const difference = bytes[from + i]! - other[i]!;
    if (difference !== 0) return difference;
  }
  return until - from - other.length;
}
