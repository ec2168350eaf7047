// Reading model routes of a workspace or of the organization, and what their variants came to.
import { problem } from '@insula/contract';
import { modelRouteProblem } from '@insula/contract/model-routes';
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { Home } from '../credentials/store.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { type ModelRoute, presentModelRoute } from './present-model-route.ts';
import { findModelRoute, listModelRoutes as readModelRoutes, sumVariants, type VariantRow } from './store.ts';

const DAY_MS = 86_400_000;
const PERIOD_MAX_MS = 400 * DAY_MS;

/** A page of model routes, newest first. */
export async function listModelRoutes(
  deps: GatewayDeps,
  actor: Actor,
  input: { home: Home; limit: number; cursor?: string | undefined },
): Promise<{ data: ModelRoute[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  return deps.db.as(actor, async (tx) => {
    await deps.requireWorkspace(tx, input.home);
    const rows = await readModelRoutes(tx, input.home, { limit: input.limit, before });
    return pageOf(rows, input.limit, presentModelRoute);
  });
}

/** One model route; throws `model_route_not_found`. */
export async function getModelRoute(
  deps: GatewayDeps,
  actor: Actor,
  input: { home: Home; id: string },
): Promise<ModelRoute> {
  const row = await deps.db.as(actor, (tx) => findModelRoute(tx, input.home, input.id));
  if (!row) throw modelRouteProblem('model_route_not_found');
  return presentModelRoute(row);
}

/** What the variants of a route came to in a period of at most 400 days (default: the last 30). */
export async function compareVariants(
  deps: GatewayDeps,
  actor: Actor,
  input: { home: Home; id: string; from?: string | undefined; to?: string | undefined },
): Promise<{ from: string; to: string; data: VariantRow[] }> {
  const until = new Date(input.to ?? deps.clock.now());
  const from = new Date(input.from ?? until.getTime() - 30 * DAY_MS);
  if (from >= until || until.getTime() - from.getTime() > PERIOD_MAX_MS)
    throw problem('invalid_request', { detail: 'from must lie before to, at most 400 days.' });
  const data = await deps.db.as(actor, async (tx) => {
    const row = await findModelRoute(tx, input.home, input.id);
    if (!row) throw modelRouteProblem('model_route_not_found');
    return sumVariants(tx, { organizationId: input.home.organizationId, id: input.id, from, until });
  });
  return { from: from.toISOString(), to: until.toISOString(), data };
}
