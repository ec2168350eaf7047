// A document gets a further version: what was on its way before is left where it is, searchers see the old one until the new
// one is ready, and the work is told in the same transaction.
import type { TenantTx } from '../../../platform/db/door.ts';
import type { Queue } from '../../../platform/queue/index.ts';
import { updateDocument } from '../documents/store.ts';
import { CLEAR_DOCUMENTS } from '../files/stage-file.ts';
import { addRemains } from '../files/store.ts';
import { insertVersion, type NewVersion, supersedeUnderWay } from './store.ts';

/** The kind of work that reads, embeds and indexes. */
export const INGEST_DOCUMENTS = 'ingest-documents';

/** Adds the version `version` and tells of the work; call it late in the transaction. */
export async function addVersion(
  deps: { queue: Pick<Queue, 'tell'> },
  tx: TenantTx,
  { at, row }: { at: { organizationId: string; documentId: string; version: number }; row: NewVersion },
): Promise<void> {
  await insertVersion(tx, at, row);
  await updateDocument(tx, at, { latest_version: at.version });
  if (at.version > 1) {
    const left = await supersedeUnderWay(tx, at);
    const remains = left.map(({ version }) => ({ document_id: at.documentId, version }));
    await addRemains(tx, at.organizationId, { remains, dueAt: new Date() });
    if (remains.length > 0) await deps.queue.tell(tx, at.organizationId, CLEAR_DOCUMENTS);
  }
  await deps.queue.tell(tx, at.organizationId, INGEST_DOCUMENTS);
}
