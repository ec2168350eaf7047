// Changing a model route: calls that begin after it see all of the change or none.
import { modelRouteProblem } from '@insula/contract/model-routes';
import type { Actor } from '../../../platform/actor.ts';
import type { Home } from '../credentials/store.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { assertTargets } from './assert-targets.ts';
import type { NewRoute } from './create-model-route.ts';
import { type ModelRoute, presentModelRoute } from './present-model-route.ts';
import { findModelRoute, isNameTaken, updateModelRoute } from './store.ts';

export type RouteChange = { [K in keyof NewRoute]?: NewRoute[K] | undefined };

/** Changes what is given and announces `model_route.changed`. */
export async function changeModelRoute(
  deps: GatewayDeps,
  actor: Actor,
  { home, id, ...input }: RouteChange & { home: Home; id: string },
): Promise<ModelRoute> {
  return deps.db.as(actor, async (tx) => {
    const before = await findModelRoute(tx, home, id);
    if (!before) throw modelRouteProblem('model_route_not_found');
    const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
    const wanted: ModelRoute = { ...presentModelRoute(before), ...given };
    await assertTargets(tx, home, wanted);
    if (await isNameTaken(tx, home, wanted))
      throw modelRouteProblem('model_route_name_taken', { name: wanted.name });
    const { targets, ...rest } = given as Partial<NewRoute>;
    const change = targets ? { ...rest, targets: JSON.stringify(targets) } : rest;
    const row = await updateModelRoute(tx, { organizationId: home.organizationId, id }, change);
    if (!row) throw modelRouteProblem('model_route_not_found');
    await deps.events.announce(tx, actor, {
      type: 'model_route.changed',
      subject_type: 'model_route',
      subject_id: id,
      workspace_id: before.workspace_id,
      details: { name: row.name, fields: Object.keys(given) },
    });
    return presentModelRoute(row);
  });
}
