// Deleting a collection takes its documents, passages and shares along; what is lost is named first, and has to be confirmed.
import { collectionProblem } from '@insula/contract/collections';
import type { Actor } from '../../../platform/actor.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { requireCollection } from './require-collection.ts';
import { countContents, countShares, deleteCollection, subtractDocuments } from './store.ts';

/**
 * Deletes a collection and announces `collection.removed` while its rows are still there. Throws `collection_not_empty` with
 * what would be lost unless `confirm` is its slug, and `default_collection_protected`.
 */
export async function removeCollection(
  deps: KnowledgeDeps,
  actor: Actor,
  input: { workspace_id: string; collection_id: string; confirm?: string | undefined },
): Promise<{ id: string; deleted: true; documents: number; passages: number }> {
  const { workspace_id: workspaceId, collection_id: collectionId } = input;
  return deps.db.as(actor, async (tx) => {
    const row = await requireCollection(tx, actor, { workspaceId, collectionId, forWriting: true });
    if (row.is_default) throw collectionProblem('default_collection_protected');
    const at = { organizationId: actor.organization_id, workspaceId, id: row.id };
    const contents = await countContents(tx, at);
    const documents = contents.documents.reduce((sum, { n }) => sum + n, 0);
    const lost = { documents, passages: contents.passages, shares: await countShares(tx, at) };
    if ((documents > 0 || lost.shares > 0) && input.confirm !== row.slug)
      throw collectionProblem('collection_not_empty', lost);
    await deps.events.announce(tx, actor, {
      type: 'collection.removed',
      subject_type: 'collection',
      subject_id: row.id,
      workspace_id: workspaceId,
      details: { name: row.name, slug: row.slug, ...lost },
    });
    await deleteCollection(tx, at);
    await subtractDocuments(tx, at, documents);
    return { id: row.id, deleted: true, documents, passages: contents.passages };
  });
}
