// Merging in the background: few large segments are searched faster than many small ones, and what is dead takes no room.
// Searchers see the old segments or the new one, never both and never neither; a document that is retired meanwhile stays so.
import { systemActor } from '../../../platform/actor.ts';
import type { Database } from '../../../platform/db/create-database.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import type { SliceOutcome, Worker } from '../../../platform/queue/index.ts';
import type { Indexer } from '../../../platform/searching/index.ts';
import { SEGMENT_FORMAT } from '../../../platform/searching/index.ts';
import { ANALYSER_VERSION } from '../../../platform/text/index.ts';
import { MERGE_AT, planMerge } from '../segments/plan-merge.ts';
import { PASSAGES_MAX } from '../segments/prepare-segment.ts';
import { addSegment, holdIndex, type IndexPlace, readParts } from '../segments/store.ts';
import { deleteSegments, type HeldDocument, listHeldDocuments, listSegmentSizes } from './store.ts';

type Deps = { db: Pick<Database, 'as'>; indexer: Indexer };
type Plan = { at: IndexPlace; segmentIds: string[] };

const SLICE_MS = 3_000;

/** The worker of the kind `merge-segments`: merges until there is nothing to merge, some seconds at a time. */
export function createMerging(deps: Deps): Worker {
  return {
    async slice({ organizationId, signal }): Promise<SliceOutcome> {
      const until = performance.now() + SLICE_MS;
      while (performance.now() < until && !signal.aborted) {
        const plan = await findPlan(deps, organizationId);
        if (!plan) return 'done';
        await merge(deps, plan);
      }
      return 'more';
    },
  };
}

async function findPlan({ db }: Deps, organizationId: string): Promise<Plan | undefined> {
  const sizes = await db.as(systemActor(organizationId), (tx) =>
    listSegmentSizes(tx, organizationId, MERGE_AT),
  );
  const indexes = Map.groupBy(sizes, (one) => `${one.collection_id} ${one.generation}`);
  for (const segments of indexes.values()) {
    const segmentIds = planMerge(segments, PASSAGES_MAX);
    const [{ workspace_id, collection_id, generation }] = segments as [(typeof segments)[0]];
    const at = { organizationId, workspaceId: workspace_id, collectionId: collection_id, generation };
    if (segmentIds) return { at, segmentIds };
  }
  return undefined;
}

async function merge({ db, indexer }: Deps, { at, segmentIds }: Plan): Promise<void> {
  const actor = systemActor(at.organizationId);
  const { parts, held } = await db.as(actor, async (tx) => ({
    parts: await readParts(tx, at.organizationId, segmentIds),
    held: await listHeldDocuments(tx, at.organizationId, segmentIds),
  }));
  const sources = segmentIds.map((id) => ({
    bytes: Buffer.concat(parts.filter((part) => part.segment_id === id).map((part) => part.bytes)),
    dead: held.filter((one) => one.segment_id === id && one.is_dead).map((one) => one.document_no),
  }));
  if (sources.some(({ bytes }) => bytes.length === 0)) return; // merged by somebody else meanwhile
  const merged = await indexer.merge(at.organizationId, sources);
  const key = (segment: string, document: number) => `${segment} ${document}`;
  await db.as(actor, async (tx) => {
    await holdIndex(tx, at, false);
    const now = new Map(
      (await listHeldDocuments(tx, at.organizationId, segmentIds)).map((one) => [
        key(one.segment_id, one.document_no),
        one,
      ]),
    );
    if ((await deleteSegments(tx, at, segmentIds)) !== segmentIds.length)
      throw new Error('Segments that were being merged were merged by somebody else.');
    const documents = merged.documents.map(({ source, document }) =>
      present(now.get(key(segmentIds[source]!, document))!),
    );
    await publishMerged(tx, at, { ...merged, documents });
  });
}

const present = ({ document_id, version, is_dead }: HeldDocument) => ({
  documentId: document_id,
  version,
  isDead: is_dead,
});

async function publishMerged(
  tx: TenantTx,
  at: IndexPlace,
  merged: { bytes: Uint8Array; passages: number; documents: ReturnType<typeof present>[] },
): Promise<void> {
  if (merged.passages === 0) return;
  const made = { format: SEGMENT_FORMAT, analyser: ANALYSER_VERSION };
  await addSegment(tx, at, { id: newId(), ...made, ...merged });
}
