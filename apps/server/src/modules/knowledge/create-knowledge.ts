// Knowledge put together; its parts are started and stopped here.
import { availableParallelism } from 'node:os';
import { createIndexer, createScorer } from '../../platform/searching/index.ts';
import { clearRemains } from './files/clear-remains.ts';
import { CLEAR_DOCUMENTS } from './files/stage-file.ts';
import { registerGraphWork } from './graph-reading/register-graph-work.ts';
import { ingestDocuments } from './ingestion/ingest-documents.ts';
import type { KnowledgeDeps } from './knowledge-deps.ts';
import { createMerging } from './merging/create-merging.ts';
import { registerKnowledgeReactions } from './reactions.ts';
import { MERGE_SEGMENTS } from './segments/plan-merge.ts';
import { INGEST_DOCUMENTS } from './versions/add-version.ts';

export type Knowledge = ReturnType<typeof createKnowledge>;
export type KnowledgeOptions = {
  searchMemoryMegabytes: number;
  /** One fewer than there are processors, at most 4, if it is left out. */
  searchThreads?: number | undefined;
};

const THREADS_MAX = 4;

/** Builds the module; `start` begins its work in the background, `stop` ends it. */
export function createKnowledge(
  given: Omit<KnowledgeDeps, 'indexer' | 'scorer'>,
  { searchMemoryMegabytes: memoryMegabytes, searchThreads }: KnowledgeOptions,
) {
  const threads = searchThreads ?? Math.max(1, Math.min(THREADS_MAX, availableParallelism() - 1));
  const deps: KnowledgeDeps = {
    ...given,
    indexer: createIndexer(),
    scorer: createScorer({ memoryMegabytes, threads }),
  };
  registerKnowledgeReactions(deps);
  deps.queue.on(MERGE_SEGMENTS, createMerging(deps));
  registerGraphWork(deps);
  deps.queue.on(INGEST_DOCUMENTS, { slice: (turn) => ingestDocuments(deps, turn) });
  deps.queue.on(CLEAR_DOCUMENTS, { slice: (turn) => clearRemains(deps, turn) });
  return {
    deps,
    async start(): Promise<void> {},
    async stop(): Promise<void> {
      await Promise.all([deps.indexer.stop(), deps.scorer.stop()]);
    },
  };
}
