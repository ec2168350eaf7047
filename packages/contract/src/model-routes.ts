// Model routes on paper: a model name of one's own that stands for several targets, and how one of them is chosen.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { description, id, moment, pageOf, pageQuery } from './fields.ts';
import { problemsOf } from './problem.ts';

export const modelRouteProblems = {
  model_route_not_found: { status: 404, message: 'There is no such model route here.' },
  model_route_name_taken: {
    status: 409,
    message: 'There is a model route "{name}" here already. Choose another name, or change that one.',
  },
  model_route_targets_invalid: { status: 400, message: 'The targets cannot be used: {reason}' },
  too_many_model_routes: { status: 409, message: 'There are {limit} model routes here, which is the most.' },
} as const;
export const modelRouteProblem = problemsOf(modelRouteProblems);

/** How the first target is chosen; the others follow when it fails. */
export const routeStrategies = ['ordered', 'weighted', 'least_latency', 'lowest_cost'] as const;
/** For `weighted`: whose calls stay with the target they were given first. */
export const routeStickiness = ['none', 'caller', 'user'] as const;

const modelName = z.string().trim().min(1).max(200);
export const routeTarget = z.strictObject({
  /** The provider's name of the model, or `provider/model`. */
  model: modelName,
  /** One credential; null: any of the workspace that offers the model. */
  credential_id: id.nullable().default(null),
  /** Share of the calls under `weighted`; 0 takes part in fallback only. */
  weight: z.int().min(0).max(10_000).default(1),
  /** How the results call it; the model's name if it is left out. */
  variant: z.string().trim().min(1).max(60).nullable().default(null),
});
const targets = z.array(routeTarget).min(1).max(20);

const fields = {
  name: modelName,
  description: description.default(''),
  strategy: z.enum(routeStrategies).default('ordered'),
  sticky: z.enum(routeStickiness).default('none'),
  targets,
  /** Attempts at one call over all targets, the first one included. */
  attempts_max: z.int().min(1).max(10).default(3),
  /** All attempts together; null: the server's limit for one call. */
  timeout_ms: z.int().min(100).max(600_000).nullable().default(null),
  /** How long a target may take to begin its answer before the next one is tried; null: the server's limit. */
  first_byte_timeout_ms: z.int().min(100).max(600_000).nullable().default(null),
  is_active: z.boolean().default(true),
};
const changed = {
  name: modelName.optional(),
  description: description.optional(),
  strategy: z.enum(routeStrategies).optional(),
  sticky: z.enum(routeStickiness).optional(),
  targets: targets.optional(),
  attempts_max: z.int().min(1).max(10).optional(),
  timeout_ms: z.int().min(100).max(600_000).nullish(),
  first_byte_timeout_ms: z.int().min(100).max(600_000).nullish(),
  is_active: z.boolean().optional(),
};

export const modelRoute = z.object({
  id,
  workspace_id: id.nullable(),
  ...fields,
  created_at: moment,
  updated_at: moment,
});

/** What one variant came to in a period; latencies are percentiles over successful calls. */
export const variantResult = z.object({
  variant: z.string(),
  calls: z.int(),
  failed_calls: z.int(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  cost_micros: z.int(),
  currency: z.string().nullable(),
  unpriced_calls: z.int(),
  latency_ms_p50: z.number().nullable(),
  latency_ms_p95: z.number().nullable(),
  first_byte_ms_p50: z.number().nullable(),
});

const mayRead = { permission: 'models:read' } as const;
const mayWrite = { permission: 'models:write' } as const;
const tag = 'Model routes';

/** The endpoints of model routes, for one of their two homes: a workspace, or the whole organization. */
function modelRouteEndpoints<O extends Record<string, typeof id>>(home: `/${string}`, owner: O) {
  const input = z.strictObject({ ...owner, model_route_id: id });
  const path = `${home}/model-routes` as const;
  const one = `${path}/{model_route_id}` as const;
  return {
    list: endpoint({ method: 'GET', path, summary: 'List model routes', tag }, mayRead)
      .input(pageQuery.extend(owner))
      .output(pageOf(modelRoute)),
    create: endpoint({ method: 'POST', path, summary: 'Create a model route', tag, status: 201 }, mayWrite)
      .input(z.strictObject({ ...owner, ...fields }))
      .output(modelRoute),
    get: endpoint({ method: 'GET', path: one, summary: 'Read a model route', tag }, mayRead)
      .input(input)
      .output(modelRoute),
    change: endpoint({ method: 'PATCH', path: one, summary: 'Change a model route', tag }, mayWrite)
      .input(input.extend(changed))
      .output(modelRoute),
    remove: endpoint({ method: 'DELETE', path: one, summary: 'Delete a model route', tag }, mayWrite)
      .input(input)
      .output(z.object({ id, deleted: z.literal(true) })),
    results: endpoint(
      {
        method: 'GET',
        path: `${one}/results`,
        summary: 'Compare the variants of a model route: calls, failures, latency, cost',
        tag,
      },
      { permission: 'usage:read' },
    )
      .input(input.extend({ from: moment.optional(), to: moment.optional() }))
      .output(z.object({ from: moment, to: moment, data: z.array(variantResult) })),
  };
}

export const modelRoutes = modelRouteEndpoints('/workspaces/{workspace_id}', { workspace_id: id });
export const organizationModelRoutes = modelRouteEndpoints('/organizations/{organization_id}', {
  organization_id: id,
});
