// A workspace starts with its default collection, in the transaction that makes it.
import { ensureDefaultCollection } from './collections/require-collection.ts';
import type { KnowledgeDeps } from './knowledge-deps.ts';

/** Makes the default collection when `workspace.created` tells of a workspace. */
export function registerKnowledgeReactions(deps: Pick<KnowledgeDeps, 'events'>): void {
  deps.events.on('workspace.created', async (tx, actor, event) => {
    await ensureDefaultCollection(tx, {
      organizationId: actor.organization_id,
      workspaceId: event.subject_id,
    });
  });
}
