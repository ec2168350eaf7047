// Who of its workspace sees a collection: everyone, or the people of some groups. Who administers the workspace sees it always.
import { accessProblem, type collectionRights } from '@insula/contract/collection-access';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import { requireCollection } from '../collections/require-collection.ts';
import { updateCollection } from '../collections/store.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { listCollectionGroups, listGroupNames, replaceCollectionGroups } from './store.ts';

export type CollectionRights = z.infer<typeof collectionRights>;
type One = { workspace_id: string; collection_id: string };

/** Who sees a collection of the workspace; throws `collection_not_found`, `collection_read_only`. */
export async function getAccess(deps: KnowledgeDeps, actor: Actor, input: One): Promise<CollectionRights> {
  const at = { workspaceId: input.workspace_id, collectionId: input.collection_id };
  return deps.db.as(actor, async (tx) => {
    const { id, access } = await requireCollection(tx, actor, { ...at, forWriting: true });
    const groups = await listCollectionGroups(tx, { ...at, organizationId: actor.organization_id });
    return { collection_id: id, access, groups };
  });
}

/** Says anew who sees it and announces `collection.access_changed`; throws `group_not_found` when one is none of the workspace. */
export async function replaceAccess(
  deps: KnowledgeDeps,
  actor: Actor,
  input: One & { access: 'everyone' | 'groups'; group_ids: string[] },
): Promise<CollectionRights> {
  const at = { workspaceId: input.workspace_id, collectionId: input.collection_id };
  const place = { ...at, organizationId: actor.organization_id };
  const ids = input.access === 'groups' ? [...new Set(input.group_ids)] : [];
  return deps.db.as(actor, async (tx) => {
    const before = await requireCollection(tx, actor, { ...at, forWriting: true });
    const groups = await listGroupNames(tx, place, ids);
    if (groups.length < ids.length) throw accessProblem('group_not_found');
    await updateCollection(
      tx,
      { ...place, id: before.id },
      { access: input.access, updated_at: new Date(deps.clock.now()) },
    );
    await replaceCollectionGroups(tx, place, ids);
    await deps.events.announce(tx, actor, {
      type: 'collection.access_changed',
      subject_type: 'collection',
      subject_id: before.id,
      workspace_id: input.workspace_id,
      details: { name: before.name, before: before.access, access: input.access, groups },
    });
    return { collection_id: before.id, access: input.access, groups };
  });
}
