// A document is reached through a collection that the asking person may see from the workspace: everything else is the same
// 404 as one that never was.
import { documentProblem } from '@insula/contract/documents';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { findVisibleCollection } from '../collections/list-visible-collections.ts';
import { requireCollection } from '../collections/require-collection.ts';
import type { VisibleRow } from '../collections/store.ts';
import { type FullRow, findDocument } from './store.ts';

export type DocumentPath = { workspace_id: string; document_id: string };
export type Found = { row: FullRow; collection: VisibleRow };

/** The document and its collection; throws `document_not_found`. */
export async function requireDocument(tx: TenantTx, actor: Actor, path: DocumentPath): Promise<Found> {
  return find(tx, actor, { path, lock: false });
}

/** The same, held for a change until the transaction ends; throws `collection_read_only` for one of another workspace. */
export async function requireOwnDocument(tx: TenantTx, actor: Actor, path: DocumentPath): Promise<Found> {
  const found = await find(tx, actor, { path, lock: true });
  if (found.collection.shared_from !== null)
    await requireCollection(tx, actor, {
      workspaceId: path.workspace_id,
      collectionId: found.collection.id,
      forWriting: true,
    });
  return found;
}

async function find(
  tx: TenantTx,
  actor: Actor,
  { path, lock }: { path: DocumentPath; lock: boolean },
): Promise<Found> {
  const { organization_id: organizationId } = actor;
  const row = await findDocument(tx, { organizationId, documentId: path.document_id, lock });
  const at = { workspaceId: path.workspace_id, id: row?.collection_id ?? '' };
  const collection = row && (await findVisibleCollection(tx, actor, at));
  if (!row || !collection) throw documentProblem('document_not_found');
  return { row, collection };
}
