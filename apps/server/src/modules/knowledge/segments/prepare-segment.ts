// Passages → segments ready to be published: what takes time, before a transaction begins.
import { newId } from '../../../platform/ids.ts';
import type { Indexer, PackedSegment, Passage } from '../../../platform/searching/index.ts';
import { strideOf } from '../../../platform/searching/index.ts';
import type { IndexPlace } from './store.ts';

/** A passage with its vector (of length one), as it is to be found. */
export type IndexChunk = Passage;
export type PreparedSegment = { at: IndexPlace; segments: (PackedSegment & { id: string })[] };

/** The most passages of one segment, and the most bytes of vectors: what one merge has to hold in memory. */
export const PASSAGES_MAX = 32_768;
const VECTOR_BYTES_MAX = 48 * 1_048_576;

/** Indexes passages, in a thread of its own; those of a document version may be spread over several calls. */
export async function prepareSegment(
  deps: { indexer: Indexer },
  at: IndexPlace,
  chunks: readonly IndexChunk[],
): Promise<PreparedSegment> {
  const segments: PreparedSegment['segments'] = [];
  const size = passagesOf(chunks[0]?.vector.length ?? 0);
  for (let from = 0; from < chunks.length; from += size) {
    const packed = await deps.indexer.pack(at.organizationId, chunks.slice(from, from + size));
    segments.push({ ...packed, id: newId() });
  }
  return { at, segments };
}

/** How many passages a segment has at most when their vectors have so many dimensions. */
export function passagesOf(dimensions: number): number {
  return Math.min(PASSAGES_MAX, Math.floor(VECTOR_BYTES_MAX / Math.max(1, strideOf(dimensions))));
}
