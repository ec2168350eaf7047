// Makes prepared passages findable, and retired ones not, in the transaction of the caller: searchers see all of it or nothing.
import type { TenantTx } from '../../../platform/db/door.ts';
import type { Queue } from '../../../platform/queue/index.ts';
import type { DocumentVersion } from '../../../platform/searching/index.ts';
import { SEGMENT_FORMAT } from '../../../platform/searching/index.ts';
import { ANALYSER_VERSION } from '../../../platform/text/index.ts';
import { MERGE_AT, MERGE_SEGMENTS } from './plan-merge.ts';
import type { PreparedSegment } from './prepare-segment.ts';
import { addSegment, countSegments, holdIndex, type IndexPlace, markDead } from './store.ts';

type Deps = { queue: Pick<Queue, 'tell'> };

/** Publishes prepared segments. Call it late in the transaction: work that it tells of is locked until the commit. */
export async function publishSegment(
  deps: Deps,
  tx: TenantTx,
  { at, segments }: PreparedSegment,
): Promise<void> {
  const made = { format: SEGMENT_FORMAT, analyser: ANALYSER_VERSION };
  for (const segment of segments) await addSegment(tx, at, { ...segment, ...made });
  if (segments.length > 0 && (await countSegments(tx, at)) >= MERGE_AT)
    await deps.queue.tell(tx, at.organizationId, MERGE_SEGMENTS);
}

/** Takes document versions of a collection out of every search, in all generations; unknown ones are none. */
export async function retirePassages(
  deps: Deps,
  tx: TenantTx,
  {
    at,
    documents,
  }: { at: Pick<IndexPlace, 'organizationId' | 'collectionId'>; documents: readonly DocumentVersion[] },
): Promise<void> {
  if (documents.length === 0) return;
  await holdIndex(tx, at, true);
  if ((await markDead(tx, at.organizationId, documents)) > 0)
    await deps.queue.tell(tx, at.organizationId, MERGE_SEGMENTS);
}
