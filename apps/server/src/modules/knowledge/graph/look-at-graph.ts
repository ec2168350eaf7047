// The part of the graph that somebody can see from a workspace, in one transaction.
import { graphProblem } from '@insula/contract/graph';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { listVisibleCollections } from '../collections/list-visible-collections.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { type EntityRow, findEntities, type Sight } from './store.ts';

export type GraphDeps = Pick<KnowledgeDeps, 'db' | 'tenancy' | 'events'>;

/** Opens the door and says which collections can be seen; throws `workspace_not_found`. */
export async function lookAtGraph<T>(
  deps: Pick<GraphDeps, 'db' | 'tenancy'>,
  actor: Actor,
  at: { workspaceId: string; look(tx: TenantTx, sight: Sight): Promise<T> },
): Promise<T> {
  const { organization_id: organizationId } = actor;
  return deps.db.as(actor, async (tx) => {
    await deps.tenancy.requireWorkspace(tx, { organizationId, workspaceId: at.workspaceId });
    const visible = await listVisibleCollections(tx, actor, at.workspaceId);
    return at.look(tx, { organizationId, collectionIds: visible.map((one) => one.id) });
  });
}

/** The entity of that id; throws `entity_not_found` where it cannot be seen. */
export async function getEntityRow(tx: TenantTx, sight: Sight, id: string): Promise<EntityRow> {
  const [row] = await findEntities(tx, sight, [id]);
  if (!row) throw graphProblem('entity_not_found');
  return row;
}
