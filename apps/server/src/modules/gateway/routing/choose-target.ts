// Where a call goes: the first target of its model, if the organization allows that model.
import { gatewayProblem } from '@insula/contract/gateway';
import type { Configuration } from '@insula/contract/tenancy';
import type { Grounds } from '../admission/require-right.ts';
import type { Surface, Target } from '../relay/index.ts';
import { findTargets, listModels } from './find-targets.ts';

const HINTS_MAX = 10;

/** The target for `model`; throws `model_not_allowed`, or `model_not_found` with what there is instead. */
export function chooseTarget(grounds: Grounds, model: string, surface: Surface): Target {
  const allowed = grounds.configuration.allowed_models;
  if (allowed && !allowed.includes(model)) throw gatewayProblem('model_not_allowed', { model });
  const [target] = findTargets(grounds.routes, model, surface);
  if (target) return target;
  const some = listModels(grounds.routes)
    .slice(0, HINTS_MAX)
    .map((m) => m.id);
  const hint =
    some.length > 0 ? `There are: ${some.join(', ')}.` : 'Add a provider credential to the workspace first.';
  throw gatewayProblem('model_not_found', { model, hint });
}

/** The values filled in where a call leaves them out, if the organization wants that. */
export function defaultsOf(
  configuration: Configuration,
  surface: Surface,
): Record<string, unknown> | undefined {
  const { apply_model_defaults, model_defaults } = configuration;
  return apply_model_defaults && surface === 'chat.completions' ? model_defaults : undefined;
}
