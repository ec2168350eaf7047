// Where a call may go, best first: the targets of a model route by its strategy, or every credential that offers the model.
// Targets whose circuit is open go to the end; each is tried only when nothing better is left.
import { createHash } from 'node:crypto';
import { gatewayProblem } from '@insula/contract/gateway';
import type { Configuration } from '@insula/contract/tenancy';
import type { Grounds } from '../admission/require-right.ts';
import { EXTRACTIVE } from '../built-in/find-built-in.ts';
import type { Prices } from '../ledger/index.ts';
import { variantOf } from '../model-routes/assert-targets.ts';
import type { ModelRoute } from '../model-routes/present-model-route.ts';
import type { Chosen, Surface, Target } from '../relay/index.ts';
import type { Health } from './create-health.ts';
import { findTargets, listModels } from './find-targets.ts';
import type { Routes } from './load-routes.ts';

/** A target in the order of trying; `skipped` when its circuit is open and others are not. */
export type Option = { target: Target; chosen: Chosen | undefined; isSkipped: boolean };
export type Plan = {
  options: Option[];
  attemptsMax: number;
  timeoutMs: number | undefined;
  firstByteMs: number | undefined;
};
export type Wish = {
  model: string;
  surface: Surface;
  /** Whose calls stay together, by the stickiness of a route. */
  callerId: string;
  userId: string | undefined;
};
type Choosing = { health: Health; prices: Pick<Prices, 'find'>; nowMs: number };

const HINTS_MAX = 10;
const ATTEMPTS_MAX = 3;
/** One call in so many goes to a target that is not the fastest, so that its latency stays known. */
const EXPLORE_ONE_IN = 20;

/** The plan for a call; throws `model_not_allowed`, or `model_not_found` with what there is instead. */
export function planCall(choosing: Choosing, grounds: Grounds, wish: Wish): Plan {
  const { model, surface } = wish;
  const allowed = grounds.configuration.allowed_models;
  if (allowed && !allowed.includes(model)) throw gatewayProblem('model_not_allowed', { model });
  const route = grounds.routes.aliases.get(model);
  const options = route
    ? optionsOf(choosing, { routes: grounds.routes, route, wish })
    : findTargets(grounds.routes, model, surface).map((target) => optionOf(choosing.health, target));
  if (options.length === 0) throw notFound(grounds.routes, model);
  return {
    options: options.some((one) => one.isSkipped) ? openLast(options) : options,
    attemptsMax: route?.attempts_max ?? ATTEMPTS_MAX,
    timeoutMs: route?.timeout_ms ?? undefined,
    firstByteMs: route?.first_byte_timeout_ms ?? undefined,
  };
}

const optionOf = (health: Health, target: Target, chosen?: Chosen): Option => ({
  target,
  chosen,
  isSkipped: health.isOpen(target),
});

function openLast(options: Option[]): Option[] {
  const well = options.filter((one) => !one.isSkipped);
  // All open: trying the best of them tells the caller what is wrong, and may find it mended.
  if (well.length === 0) return options.map((one) => ({ ...one, isSkipped: false }));
  return [...well, ...options.filter((one) => one.isSkipped)];
}

type Routed = { routes: Routes; route: ModelRoute; wish: Wish };

function optionsOf(choosing: Choosing, { routes, route, wish }: Routed): Option[] {
  const { health } = choosing;
  return orderTargets(choosing, { routes, route, wish }).flatMap((wanted) => {
    const found = findTargets(routes, wanted.model, wish.surface);
    const mine = wanted.credential_id
      ? found.filter((target) => target.credential_id === wanted.credential_id)
      : found;
    const chosen = { route_id: route.id, variant: variantOf(wanted) };
    return mine.map((target) => optionOf(health, target, chosen));
  });
}

function orderTargets(choosing: Choosing, routed: Routed): ModelRoute['targets'] {
  const { route } = routed;
  if (route.strategy === 'weighted') return orderByWeight(routed);
  if (route.strategy === 'least_latency') return orderByLatency(choosing, routed);
  if (route.strategy === 'lowest_cost') return orderByCost(choosing, routed);
  return route.targets;
}

/** The drawn target first, then the others by weight. A sticky draw is a hash, so every server draws the same. */
function orderByWeight({ route, wish }: Routed): ModelRoute['targets'] {
  const total = route.targets.reduce((sum, target) => sum + target.weight, 0);
  const point = drawFrom(route, wish) * total;
  let sum = 0;
  let drawn = route.targets[0]!;
  for (const target of route.targets) {
    if (target.weight > 0 && sum <= point) drawn = target;
    sum += target.weight;
  }
  const others = route.targets.filter((target) => target !== drawn).sort((a, b) => b.weight - a.weight);
  return [drawn, ...others];
}

/** A number from 0 to below 1: drawn anew, or always the same for whom the route keeps together. */
function drawFrom(route: ModelRoute, wish: Wish): number {
  if (route.sticky === 'none') return Math.random();
  const who = (route.sticky === 'user' ? wish.userId : undefined) ?? wish.callerId;
  const digest = createHash('sha256').update(`${route.id} ${who}`).digest();
  return digest.readUInt32BE(0) / 2 ** 32;
}

function orderByLatency({ health }: Choosing, { routes, route, wish }: Routed): ModelRoute['targets'] {
  const latencyOf = (model: string) =>
    Math.min(...findTargets(routes, model, wish.surface).map((target) => health.latencyOf(target) ?? -1));
  // What was never measured comes first: one call, and it is known.
  const ranked = route.targets
    .map((target) => ({ target, latencyMs: latencyOf(target.model) }))
    .sort((a, b) => (a.latencyMs === b.latencyMs ? 0 : a.latencyMs - b.latencyMs))
    .map((one) => one.target);
  if (ranked.length > 1 && Math.random() * EXPLORE_ONE_IN < 1)
    ranked.unshift(...ranked.splice(1 + Math.floor(Math.random() * (ranked.length - 1)), 1));
  return ranked;
}

/** By the price of a call that reads three tokens for each that it writes; an unknown price comes last. */
function orderByCost({ prices, nowMs }: Choosing, { routes, route, wish }: Routed): ModelRoute['targets'] {
  const costOf = (model: string) => {
    const [target] = findTargets(routes, model, wish.surface);
    const price = target && prices.find(target.priced_as.provider, target.priced_as.model, nowMs);
    return price
      ? 3 * price.input_micros_per_million + price.output_micros_per_million
      : Number.POSITIVE_INFINITY;
  };
  return route.targets
    .map((target) => ({ target, cost: costOf(target.model) }))
    .sort((a, b) => (a.cost === b.cost ? 0 : a.cost - b.cost))
    .map((one) => one.target);
}

function notFound(routes: Routes, model: string) {
  const some = listModels(routes)
    .slice(0, HINTS_MAX)
    .map((m) => m.id);
  const hint =
    routes.routes.length > 0
      ? `There are: ${some.join(', ')}.`
      : `Add a provider credential to the workspace first, or ask ${EXTRACTIVE}, which quotes its documents.`;
  return gatewayProblem('model_not_found', { model, hint });
}

/** The values filled in where a call leaves them out, if the organization wants that. */
export function defaultsOf(
  configuration: Configuration,
  surface: Surface,
): Record<string, unknown> | undefined {
  const { apply_model_defaults, model_defaults } = configuration;
  return apply_model_defaults && surface === 'chat.completions' ? model_defaults : undefined;
}
