// Which collections somebody may see from a workspace: the one place that decides it. Documents, searches, the graph and
// answers ask here, in the transaction in which they read.
import { type Actor, actorMay } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { listVisible, type Viewer, type VisibleRow } from './store.ts';

export type { VisibleRow } from './store.ts';

/** A collection as those who search see it; `shared_from` is the workspace that lets the one asked from read it, or null. */
export type VisibleCollection = Pick<
  VisibleRow,
  | 'id'
  | 'workspace_id'
  | 'name'
  | 'slug'
  | 'is_default'
  | 'embedding_model'
  | 'embedding_generation'
  | 'shared_from'
>;

/** The most collections that a workspace has, and the most that it is let to read of others. */
export const COLLECTIONS_MAX = 1_000;

/**
 * What the actor may see from the workspace, oldest first: its collections that are for everyone, those whose groups the
 * actor is in (all of them for who may `workspaces:write` there, and for the server itself), and those of other workspaces
 * that are shared with it. Empty when the actor cannot see the workspace.
 */
export async function listVisibleCollections(
  tx: TenantTx,
  actor: Actor,
  workspaceId: string,
): Promise<VisibleRow[]> {
  return listVisible(tx, placeOf(actor, workspaceId), viewerOf(actor, workspaceId));
}

/** The one of that id that the actor may see from the workspace. */
export async function findVisibleCollection(
  tx: TenantTx,
  actor: Actor,
  at: { workspaceId: string; id: string },
): Promise<VisibleRow | undefined> {
  const viewer = { ...viewerOf(actor, at.workspaceId), id: at.id };
  const [found] = await listVisible(tx, placeOf(actor, at.workspaceId), viewer);
  return found;
}

const placeOf = (actor: Actor, workspaceId: string) => ({
  organizationId: actor.organization_id,
  workspaceId,
});

function viewerOf(actor: Actor, workspaceId: string): Viewer {
  return {
    seesAll: actor.kind === 'system' || actorMay(actor, 'workspaces:write', workspaceId),
    memberId: actor.kind === 'member' ? actor.id : null,
  };
}
