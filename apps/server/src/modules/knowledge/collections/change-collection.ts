// Changing what a collection is called; whom it is shown to is changed elsewhere, by those who may.
import { collectionProblem } from '@insula/contract/collections';
import type { Actor } from '../../../platform/actor.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { type Collection, presentCollection } from './present-collection.ts';
import { requireCollection } from './require-collection.ts';
import { updateCollection } from './store.ts';

export type CollectionChange = {
  workspace_id: string;
  collection_id: string;
  name?: string | undefined;
  description?: string | undefined;
};

/** Changes what is given and announces `collection.changed`; throws `collection_not_found`, `collection_read_only`. */
export async function changeCollection(
  deps: KnowledgeDeps,
  actor: Actor,
  { workspace_id: workspaceId, collection_id: collectionId, ...given }: CollectionChange,
): Promise<Collection> {
  const change = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return deps.db.as(actor, async (tx) => {
    await requireCollection(tx, actor, { workspaceId, collectionId, forWriting: true });
    const at = { organizationId: actor.organization_id, workspaceId, id: collectionId };
    const row = await updateCollection(tx, at, { ...change, updated_at: new Date(deps.clock.now()) });
    if (!row) throw collectionProblem('collection_not_found');
    await deps.events.announce(tx, actor, {
      type: 'collection.changed',
      subject_type: 'collection',
      subject_id: row.id,
      workspace_id: workspaceId,
      details: { name: row.name, fields: Object.keys(change) },
    });
    return presentCollection({ ...row, shared_from: null });
  });
}
