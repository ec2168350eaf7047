// Targets that make sense before they are written: each variant once, something to choose, credentials that are here.
import { modelRouteProblem } from '@insula/contract/model-routes';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { Home } from '../credentials/store.ts';
import type { ModelRoute, RouteTarget } from './present-model-route.ts';
import { listCredentialsOf } from './store.ts';

/** Throws `model_route_targets_invalid` with the reason. */
export async function assertTargets(
  tx: TenantTx,
  home: Home,
  route: Pick<ModelRoute, 'strategy' | 'targets' | 'name'>,
): Promise<void> {
  const refuse = (reason: string) => modelRouteProblem('model_route_targets_invalid', { reason });
  const variants = route.targets.map(variantOf);
  const twice = variants.find((one, i) => variants.indexOf(one) !== i);
  if (twice !== undefined) throw refuse(`"${twice}" is there twice. Give each target a variant of its own.`);
  if (route.strategy === 'weighted' && route.targets.every((target) => target.weight === 0))
    throw refuse('with the strategy "weighted", at least one weight must be above 0.');
  const ids = route.targets.flatMap((target) => target.credential_id ?? []);
  const here = await listCredentialsOf(tx, home, [...new Set(ids)]);
  const missing = ids.find((id) => !here.has(id));
  if (missing) throw refuse(`there is no credential ${missing} that could be used here.`);
}

/** What a target is called in results. */
export function variantOf(target: Pick<RouteTarget, 'model' | 'variant'>): string {
  return target.variant ?? target.model;
}
