// Exact search by words and vectors over immutable segments: packing and merging them, and scoring them in threads.
export { createIndexer, type Indexer, type MergeOutcome } from './create-indexer.ts';
export { createScorer, type ScoreAsk, type Scorer } from './create-scorer.ts';
export { type ReadSegments, ShelfTooSmall, type WantedSegment } from './create-shelf.ts';
export { decodeVector, encodeVector } from './encode-vector.ts';
export { SEGMENT_FORMAT } from './open-segment.ts';
export type { DocumentVersion, PackedSegment, Passage } from './pack-passages.ts';
export { strideOf } from './quantize-vector.ts';
export type { Picked, ScoringResult } from './score-segments.ts';
