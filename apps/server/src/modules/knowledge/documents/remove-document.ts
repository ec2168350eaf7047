// Deleting a document: it is found by nobody from that moment on; its files are cleared away in the background.
import type { Actor } from '../../../platform/actor.ts';
import { CLEAR_DOCUMENTS } from '../files/stage-file.ts';
import { addRemains } from '../files/store.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { retirePassages } from '../segments/publish-segment.ts';
import { listBlobs } from '../versions/store.ts';
import { type DocumentPath, requireOwnDocument } from './require-document.ts';
import { changeCount, deleteDocument, lockCount } from './store.ts';

/** Deletes the document and announces `document.removed`; throws `document_not_found`. */
export async function removeDocument(
  deps: KnowledgeDeps,
  actor: Actor,
  path: DocumentPath,
): Promise<{ id: string; deleted: true }> {
  return deps.db.as(actor, async (tx) => {
    const { organization_id: organizationId } = actor;
    // The workspace first, as uploads do it: who holds the one never waits for the other.
    await lockCount(tx, { organizationId, workspaceId: path.workspace_id });
    const { row } = await requireOwnDocument(tx, actor, path);
    const at = { organizationId, documentId: row.id };
    const blobs = await listBlobs(tx, at);
    await addRemains(tx, organizationId, {
      remains: blobs.map((blob_id) => ({ blob_id })),
      dueAt: new Date(),
    });
    await deps.events.announce(tx, actor, {
      type: 'document.removed',
      subject_type: 'document',
      subject_id: row.id,
      workspace_id: row.workspace_id,
      details: { title: row.title, source: row.source, collection: row.collection_id },
    });
    await changeCount(tx, { organizationId, workspaceId: row.workspace_id }, -1);
    await deleteDocument(tx, at);
    await deps.queue.tell(tx, organizationId, CLEAR_DOCUMENTS);
    if (row.version !== null)
      await retirePassages(deps, tx, {
        at: { organizationId, collectionId: row.collection_id },
        documents: [{ documentId: row.id, version: row.version }],
      });
    return { id: row.id, deleted: true };
  });
}
