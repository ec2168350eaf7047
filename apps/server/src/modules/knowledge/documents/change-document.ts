// What a document is called and where it belongs. Title and headings are part of what is found, so a new title is read in like a
// new version; in another collection it is found only once it was read there, because others may see that one.
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { requireCollection } from '../collections/require-collection.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { retirePassages } from '../segments/publish-segment.ts';
import { readAgain } from '../versions/read-again.ts';
import { type Document, presentDocument } from './present-document.ts';
import { type DocumentPath, requireOwnDocument } from './require-document.ts';
import { type FullRow, findDocument, updateDocument } from './store.ts';

export type DocumentWish = DocumentPath & {
  title?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
  collection_id?: string | undefined;
};

/** Changes what is given and announces `document.changed`; throws `document_not_found`, `collection_not_found`. */
export async function changeDocument(
  deps: KnowledgeDeps,
  actor: Actor,
  wish: DocumentWish,
): Promise<Document> {
  const row = await deps.db.as(actor, async (tx) => {
    const { row } = await requireOwnDocument(tx, actor, wish);
    const moves = wish.collection_id !== undefined && wish.collection_id !== row.collection_id;
    if (moves)
      await requireCollection(tx, actor, {
        workspaceId: wish.workspace_id,
        collectionId: wish.collection_id,
        forWriting: true,
      });
    await applyWish(tx, row, { wish, moves });
    await announce(deps, tx, { actor, row, wish });
    const isRenamed = wish.title !== undefined && wish.title !== row.title;
    if (moves || isRenamed) await readAgain(deps, tx, row);
    if (moves) await leaveCollection(deps, tx, row);
    return (await findDocument(tx, { organizationId: row.organization_id, documentId: row.id }))!;
  });
  return presentDocument(row);
}

async function applyWish(
  tx: TenantTx,
  row: FullRow,
  { wish, moves }: { wish: DocumentWish; moves: boolean },
): Promise<void> {
  const { title, metadata } = wish;
  await updateDocument(
    tx,
    { organizationId: row.organization_id, documentId: row.id },
    {
      ...(title === undefined ? {} : { title }),
      ...(metadata === undefined ? {} : { metadata }),
      ...(moves ? { collection_id: wish.collection_id!, version: null } : {}),
    },
  );
}

async function leaveCollection(deps: KnowledgeDeps, tx: TenantTx, row: FullRow): Promise<void> {
  const { organization_id: organizationId, collection_id: collectionId, version } = row;
  if (version === null) return;
  const documents = [{ documentId: row.id, version }];
  await retirePassages(deps, tx, { at: { organizationId, collectionId }, documents });
}

async function announce(
  deps: KnowledgeDeps,
  tx: TenantTx,
  { actor, row, wish }: { actor: Actor; row: FullRow; wish: DocumentWish },
): Promise<void> {
  const { workspace_id: _workspace, document_id: _document, ...given } = wish;
  const fields = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const { collection_id } = wish;
  await deps.events.announce(tx, actor, {
    type: 'document.changed',
    subject_type: 'document',
    subject_id: row.id,
    workspace_id: row.workspace_id,
    details: { fields, ...(collection_id ? { collection: collection_id } : {}) },
  });
}
