// Knowledge put together; its parts are started and stopped here.

import { availableParallelism } from 'node:os';
import { createTenantCache } from '../../platform/cache/create-tenant-cache.ts';
import { createIndexer, createScorer } from '../../platform/searching/index.ts';
import { RE_EMBED, reEmbed } from './embedding/re-embed.ts';
import { clearRemains } from './files/clear-remains.ts';
import { CLEAR_DOCUMENTS } from './files/stage-file.ts';
import { workOnRuns } from './graph-asking/work-on-runs.ts';
import { registerGraphWork } from './graph-reading/register-graph-work.ts';
import { keepUp } from './graph-runs/keep-up.ts';
import { ingestDocuments } from './ingestion/ingest-documents.ts';
import type { KnowledgeDeps } from './knowledge-deps.ts';
import { createMerging } from './merging/create-merging.ts';
import { registerKnowledgeReactions } from './reactions.ts';
import { RUN_RETRIEVAL_TESTS } from './retrieval-runs/create-test-run.ts';
import { runRetrievalTests } from './retrieval-runs/run-retrieval-tests.ts';
import { MERGE_SEGMENTS } from './segments/plan-merge.ts';
import { INGEST_DOCUMENTS } from './versions/add-version.ts';

export type Knowledge = ReturnType<typeof createKnowledge>;
export type KnowledgeOptions = {
  searchMemoryMegabytes: number;
  /** One fewer than there are processors, at most 4, if it is left out. */
  searchThreads?: number | undefined;
};

const THREADS_MAX = 4;
/** Sights of searchers that are remembered at once. */
const SEARCHED_MAX = 5_000;

/** Builds the module; `start` begins its work in the background, `stop` ends it. */
export function createKnowledge(
  given: Omit<KnowledgeDeps, 'indexer' | 'scorer' | 'searched'>,
  { searchMemoryMegabytes: memoryMegabytes, searchThreads }: KnowledgeOptions,
) {
  const threads = searchThreads ?? Math.max(1, Math.min(THREADS_MAX, availableParallelism() - 1));
  const deps: KnowledgeDeps = {
    ...given,
    indexer: createIndexer(),
    scorer: createScorer({ memoryMegabytes, threads }),
    searched: createTenantCache({ invalidation: given.db.invalidation, max: SEARCHED_MAX }),
  };
  registerKnowledgeReactions(deps);
  registerGraphWork(deps, {
    keepUp: (organizationId) => keepUp(deps, organizationId),
    workOnRuns: (slice) => workOnRuns(deps, slice),
  });
  deps.queue.on(MERGE_SEGMENTS, createMerging(deps));
  deps.queue.on(INGEST_DOCUMENTS, { slice: (turn) => ingestDocuments(deps, turn) });
  deps.queue.on(RE_EMBED, { slice: (turn) => reEmbed(deps, turn) });
  deps.queue.on(CLEAR_DOCUMENTS, { slice: (turn) => clearRemains(deps, turn) });
  deps.queue.on(RUN_RETRIEVAL_TESTS, { slice: (turn) => runRetrievalTests(deps, turn) });
  return {
    deps,
    async start(): Promise<void> {},
    async stop(): Promise<void> {
      await Promise.all([deps.indexer.stop(), deps.scorer.stop()]);
    },
  };
}
