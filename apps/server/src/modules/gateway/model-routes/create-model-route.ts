// A new model route: from the next call on its name stands for its targets.
import { modelRouteProblem } from '@insula/contract/model-routes';
import type { Actor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import { requireWholeOrganization } from '../../governance/index.ts';
import type { Home } from '../credentials/store.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { assertTargets } from './assert-targets.ts';
import { type ModelRoute, presentModelRoute } from './present-model-route.ts';
import { addModelRoute, countModelRoutes } from './store.ts';

export type NewRoute = Omit<ModelRoute, 'id' | 'workspace_id' | 'created_at' | 'updated_at'>;

const ROUTES_MAX = 500;

/** Creates a route and announces `model_route.created`; one of the organization is for those who see all of it. */
export async function createModelRoute(
  deps: GatewayDeps,
  actor: Actor,
  { home, ...input }: NewRoute & { home: Home },
): Promise<ModelRoute> {
  if (home.workspaceId === null) requireWholeOrganization(actor);
  const id = newId(deps.clock.now());
  return deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, home);
    await assertTargets(tx, home, input);
    if ((await countModelRoutes(tx, home)) >= ROUTES_MAX)
      throw modelRouteProblem('too_many_model_routes', { limit: ROUTES_MAX });
    const row = await addModelRoute(tx, {
      organization_id: home.organizationId,
      id,
      workspace_id: home.workspaceId,
      name: input.name,
      description: input.description,
      strategy: input.strategy,
      sticky: input.sticky,
      targets: JSON.stringify(input.targets),
      attempts_max: input.attempts_max,
      timeout_ms: input.timeout_ms,
      first_byte_timeout_ms: input.first_byte_timeout_ms,
      is_active: input.is_active,
    });
    if (!row) throw modelRouteProblem('model_route_name_taken', { name: input.name });
    await deps.events.announce(tx, actor, {
      type: 'model_route.created',
      subject_type: 'model_route',
      subject_id: id,
      workspace_id: home.workspaceId,
      details: { name: input.name, strategy: input.strategy, models: input.targets.map((one) => one.model) },
    });
    return presentModelRoute(row);
  });
}
