// A model route as the contract shows it.
import { type modelRoute, routeTarget } from '@insula/contract/model-routes';
import { z } from 'zod';
import type { ModelRouteRow } from './store.ts';

export type ModelRoute = z.infer<typeof modelRoute>;
export type RouteTarget = z.infer<typeof routeTarget>;

const stored = z.array(routeTarget);

/** The targets of a row as they were checked when it was written. */
export function targetsOf(row: Pick<ModelRouteRow, 'targets'>): RouteTarget[] {
  return stored.parse(row.targets);
}

/** Presents a row, without whose it is. */
export function presentModelRoute(row: ModelRouteRow): ModelRoute {
  const { organization_id: _organization, ...shown } = row;
  return {
    ...shown,
    strategy: row.strategy as ModelRoute['strategy'],
    sticky: row.sticky as ModelRoute['sticky'],
    targets: targetsOf(row),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
