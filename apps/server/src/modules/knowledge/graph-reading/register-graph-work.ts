// When the graph is to be read, and by whom: documents that change make work for the queue, in their own transaction.
import type { SliceOutcome } from '../../../platform/queue/index.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { readDocuments } from './read-documents.ts';

/** The queue's name for reading the graph. */
export const READ_GRAPH = 'read-graph';

/** What becomes of documents that the graph must follow. */
const CHANGES = ['document.ready', 'document.changed', 'document.moved'];
const SLICE_MS = 5_000;

/** What models do: lists what is new, and works on runs. */
export type ModelWork = {
  keepUp(organizationId: string): Promise<void>;
  workOnRuns(slice: { organizationId: string; signal: AbortSignal; endsAt: number }): Promise<SliceOutcome>;
};

/** Registers the worker and the reactions. */
export function registerGraphWork(deps: KnowledgeDeps, models: ModelWork): void {
  for (const type of CHANGES)
    deps.events.on(type, (tx, actor) => deps.queue.tell(tx, actor.organization_id, READ_GRAPH));
  deps.queue.on(READ_GRAPH, {
    async slice({ organizationId, signal }) {
      const slice = { organizationId, signal, endsAt: performance.now() + SLICE_MS };
      if (!(await readDocuments(deps, slice))) return 'more';
      await models.keepUp(organizationId);
      return models.workOnRuns(slice);
    },
  });
}
