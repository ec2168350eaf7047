// Lays the parts of a segment out as bytes, in the order that `open-segment.ts` describes.
import { type GrowingBytes, growBytes } from './grow-bytes.ts';
import { HEADER_BYTES, head, MAGIC_NUMBER, SEGMENT_FORMAT } from './open-segment.ts';

export type SegmentParts = {
  dimensions: number;
  stride: number;
  languages: number;
  ids: Uint8Array;
  starts: Uint32Array;
  lengths: Uint16Array;
  terms: TermParts;
  scales: Float32Array;
  vectors: Int8Array;
};
/** Terms as they were added, in byte order. */
export type TermParts = {
  count: number;
  directory: number[];
  spellings: GrowingBytes;
  postings: GrowingBytes;
};

/** Takes terms in byte order, each with its passages in ascending order. */
export function beginTerms(): TermParts {
  return { count: 0, directory: [], spellings: growBytes(), postings: growBytes() };
}

/** Adds a term; `passages` ascend, `counts` are how often each has it. */
export function addTerm(
  terms: TermParts,
  spelling: Uint8Array,
  { passages, counts }: { passages: ArrayLike<number>; counts: ArrayLike<number> },
): void {
  terms.directory.push(terms.spellings.length, terms.postings.length, passages.length);
  terms.spellings.append(spelling);
  let before = -1;
  for (let i = 0; i < passages.length; i++) {
    const passage = passages[i]!;
    const count = counts[i]!;
    terms.postings.number((passage - before - 1) * 2 + (count === 1 ? 1 : 0));
    if (count !== 1) terms.postings.number(count);
    before = passage;
  }
  terms.count++;
}

const aligned = (bytes: number) => Math.ceil(bytes / 16) * 16;

/** The whole segment as bytes. */
export function writeSegment(parts: SegmentParts): Uint8Array<ArrayBuffer> {
  const { terms } = parts;
  const directory = new Uint32Array(3 * (terms.count + 1));
  const sections: [keyof typeof head, Uint8Array][] = [
    ['ids', parts.ids],
    ['starts', bytesOf(parts.starts)],
    ['lengths', bytesOf(parts.lengths)],
    ['directory', bytesOf(directory)],
    ['spellings', terms.spellings.view()],
    ['postings', terms.postings.view()],
    ['scales', bytesOf(parts.scales)],
    ['vectors', bytesOf(parts.vectors)],
  ];
  const total = sections.reduce((sum, [, bytes]) => sum + aligned(bytes.length), HEADER_BYTES);
  const whole = new Uint8Array(total);
  const header = new Uint32Array(whole.buffer, 0, HEADER_BYTES / 4);
  header[head.magic] = MAGIC_NUMBER;
  header[head.format] = SEGMENT_FORMAT;
  header[head.passages] = parts.lengths.length;
  header[head.documents] = parts.starts.length - 1;
  header[head.dimensions] = parts.dimensions;
  header[head.stride] = parts.stride;
  header[head.terms] = terms.count;
  header[head.languages] = parts.languages;
  let at = HEADER_BYTES;
  for (const [name, bytes] of sections) {
    header[head[name]] = at;
    at += aligned(bytes.length);
  }
  fillDirectory(directory, terms, header);
  for (const [name, bytes] of sections) whole.set(bytes, header[head[name]]!);
  return whole;
}

/** Terms know where they stand in their section; readers want to know where they stand in the segment. */
function fillDirectory(directory: Uint32Array, terms: TermParts, header: Uint32Array): void {
  directory.set(terms.directory);
  directory.set([terms.spellings.length, terms.postings.length, 0], 3 * terms.count);
  for (let i = 0; i <= terms.count; i++) {
    directory[3 * i]! += header[head.spellings]!;
    directory[3 * i + 1]! += header[head.postings]!;
  }
}

function bytesOf(values: NodeJS.TypedArray): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
