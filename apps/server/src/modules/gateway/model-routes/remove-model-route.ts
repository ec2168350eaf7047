// Deleting a model route: its name means nothing from the next call on; what it was used for stays in the ledger.
import { modelRouteProblem } from '@insula/contract/model-routes';
import type { Actor } from '../../../platform/actor.ts';
import type { Home } from '../credentials/store.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { deleteModelRoute, findModelRoute } from './store.ts';

/** Deletes a route and announces `model_route.removed`. */
export async function removeModelRoute(
  deps: GatewayDeps,
  actor: Actor,
  { home, id }: { home: Home; id: string },
): Promise<{ id: string; deleted: true }> {
  return deps.db.as(actor, async (tx) => {
    const row = await findModelRoute(tx, home, id);
    if (!row) throw modelRouteProblem('model_route_not_found');
    await deleteModelRoute(tx, { organizationId: home.organizationId, id });
    await deps.events.announce(tx, actor, {
      type: 'model_route.removed',
      subject_type: 'model_route',
      subject_id: id,
      workspace_id: row.workspace_id,
      details: { name: row.name },
    });
    return { id, deleted: true };
  });
}
