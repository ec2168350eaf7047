// Packs and merges segments in a thread of its own, so that neither requests nor searches wait for it.

import { createThreads } from './create-threads.ts';
import type { PackedSegment, Passage } from './pack-passages.ts';

export type IndexOrder =
  | { kind: 'pack'; passages: readonly Passage[] }
  | { kind: 'merge'; sources: readonly { bytes: Uint8Array; dead: readonly number[] }[] };
export type MergeOutcome = {
  bytes: Uint8Array;
  passages: number;
  documents: { source: number; document: number }[];
};
export type Indexer = {
  pack(organizationId: string, passages: readonly Passage[]): Promise<PackedSegment>;
  /** `dead` are numbers of documents of that source. */
  merge(
    organizationId: string,
    sources: readonly { bytes: Uint8Array; dead: readonly number[] }[],
  ): Promise<MergeOutcome>;
  stop(): Promise<void>;
};

const IDLE_MS = 30_000;

/** Makes the indexer; its thread is there while it has something to do. */
export function createIndexer(): Indexer {
  const threads = createThreads({
    script: new URL('./index-worker.ts', import.meta.url),
    setup: () => undefined,
    threads: 1,
    idleMs: IDLE_MS,
  });
  const run = <Result>(organizationId: string, order: IndexOrder) =>
    threads.run<Result>(organizationId, order);
  return {
    pack: (organizationId, passages) => run<PackedSegment>(organizationId, { kind: 'pack', passages }),
    merge: (organizationId, sources) => run<MergeOutcome>(organizationId, { kind: 'merge', sources }),
    stop: threads.stop,
  };
}
