// A workspace starts with its default collection, in the transaction that makes it.
import type { Actor } from '../../platform/actor.ts';
import type { TenantTx } from '../../platform/db/door.ts';
import { ensureDefaultCollection } from './collections/require-collection.ts';
import { CLEAR_DOCUMENTS } from './files/stage-file.ts';
import { addRemainsOf } from './files/store.ts';
import type { KnowledgeDeps } from './knowledge-deps.ts';

/** Makes the default collection when `workspace.created` tells of a workspace. */
export function registerKnowledgeReactions(deps: Pick<KnowledgeDeps, 'events' | 'queue'>): void {
  deps.events.on('workspace.created', async (tx, actor, event) => {
    await ensureDefaultCollection(tx, {
      organizationId: actor.organization_id,
      workspaceId: event.subject_id,
    });
  });
  // The rows of what is removed go by themselves, its files have to be cleared away.
  const clear = async (tx: TenantTx, actor: Actor, place: { workspaceId: string; collectionId?: string }) => {
    const { organization_id: organizationId } = actor;
    const { workspaceId, collectionId } = place;
    await addRemainsOf(tx, organizationId, { workspaceId, collectionId });
    await deps.queue.tell(tx, organizationId, CLEAR_DOCUMENTS);
  };
  deps.events.on('workspace.removed', (tx, actor, event) =>
    clear(tx, actor, { workspaceId: event.subject_id }),
  );
  deps.events.on('collection.removed', (tx, actor, event) =>
    clear(tx, actor, { workspaceId: event.workspace_id!, collectionId: event.subject_id }),
  );
}
