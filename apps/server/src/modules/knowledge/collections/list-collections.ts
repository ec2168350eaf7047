// Reading the collections that somebody can see from a workspace.
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { listVisibleCollections } from './list-visible-collections.ts';
import {
  type Collection,
  type CollectionDetails,
  presentCollection,
  presentDetails,
} from './present-collection.ts';
import { requireCollection } from './require-collection.ts';
import { countContents } from './store.ts';

/** A page of collections, newest first, those of other workspaces among them; throws `workspace_not_found`. */
export async function listCollections(
  deps: KnowledgeDeps,
  actor: Actor,
  input: { workspace_id: string; limit: number; cursor?: string | undefined },
): Promise<{ data: Collection[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  return deps.db.as(actor, async (tx) => {
    const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
    await deps.tenancy.requireWorkspace(tx, place);
    const rows = await listVisibleCollections(tx, actor, input.workspace_id);
    const older = rows.filter(({ id }) => before === undefined || id < before);
    return pageOf(older.toReversed().slice(0, input.limit + 1), input.limit, (row) =>
      presentCollection(row as (typeof rows)[number]),
    );
  });
}

/** One collection with what is in it; throws `collection_not_found`. */
export async function getCollection(
  deps: KnowledgeDeps,
  actor: Actor,
  input: { workspace_id: string; collection_id: string },
): Promise<CollectionDetails> {
  return deps.db.as(actor, async (tx) => {
    const row = await requireCollection(tx, actor, {
      workspaceId: input.workspace_id,
      collectionId: input.collection_id,
    });
    return presentDetails(row, await countContents(tx, { organizationId: row.organization_id, id: row.id }));
  });
}
