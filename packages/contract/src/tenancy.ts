// Organizations, their workspaces and their configuration: the tenant on paper.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { description, email, freeObject, id, moment, name, pageOf, pageQuery, slug } from './fields.ts';
import { problemsOf } from './problem.ts';

export const tenancyProblems = {
  organization_not_found: { status: 404, message: 'There is no such organization here.' },
  workspace_not_found: { status: 404, message: 'There is no such workspace here.' },
  slug_taken: { status: 409, message: 'The slug "{slug}" is taken. Choose another.' },
  organization_suspended: {
    status: 403,
    message: 'This organization is suspended. Ask the operator of this platform to resume it.',
  },
  region_unknown: {
    status: 400,
    message: 'There is no data region "{region}" here. Configured are: {regions}.',
  },
  placement_unchanged: { status: 409, message: 'The organization is already placed there.' },
  move_under_way: { status: 409, message: 'The organization is being moved. Wait until that is done.' },
  last_workspace: { status: 409, message: 'An organization keeps at least one workspace.' },
  default_protected: {
    status: 409,
    message: 'The default organization and its default workspace cannot be deleted.',
  },
  too_many_workspaces: { status: 403, message: 'The plan of this organization allows {limit} workspaces.' },
  confirmation_differs: { status: 400, message: 'To delete an organization, send its slug as "confirm".' },
} as const;
export const tenancyProblem = problemsOf(tenancyProblems);

export const planTier = z.enum(['free', 'starter', 'pro', 'professional', 'enterprise', 'custom']);
export const placement = z.enum(['pooled', 'dedicated']);

export const organization = z.object({
  id,
  name,
  slug,
  domain: z.string().nullable(),
  plan_tier: planTier,
  contact_email: z.string().nullable(),
  contact_name: z.string().nullable(),
  default_workspace_id: id.nullable(),
  max_users: z.int().nullable(),
  data_region: z.string(),
  placement,
  status: z.enum(['provisioning', 'active', 'suspended', 'deleting']),
  created_at: moment,
  updated_at: moment,
});

export const workspace = z.object({
  id,
  organization_id: id,
  name,
  slug,
  description,
  settings: z.record(z.string(), z.unknown()),
  document_count: z.int(),
  monthly_requests: z.int(),
  created_at: moment,
  updated_at: moment,
});

const domain = z
  .string()
  .max(253)
  .toLowerCase()
  .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, 'Give a domain such as example.com.');
const region = z.string().min(1).max(40);
const profile = {
  name,
  domain: domain.nullable(),
  contact_email: email.nullable(),
  contact_name: name.nullable(),
};

const limit = z.int().min(1).max(1_000_000_000).nullable();
/** Requests allowed per window; null means unlimited. */
export const rateLimits = z.strictObject({
  requests_per_minute: limit,
  requests_per_hour: limit,
  requests_per_day: limit,
});

export const modelDefaults = z.strictObject({
  temperature: z.number().min(0).max(2),
  max_tokens: z.int().min(1).max(1_000_000),
  top_p: z.number().min(0).max(1),
  frequency_penalty: z.number().min(-2).max(2),
  presence_penalty: z.number().min(-2).max(2),
});

const modelName = z.string().min(1).max(200);

/** Configuration of an organization (T5). `model_defaults` fill what a call leaves out when `apply_model_defaults` is on. */
export const configuration = z.strictObject({
  default_model: modelName.nullable(),
  allowed_models: z.array(modelName).max(500).nullable(),
  apply_model_defaults: z.boolean(),
  model_defaults: modelDefaults,
  system_prompts: z.array(z.strictObject({ name, content: z.string().min(1).max(32_000) })).max(50),
  safety: z.strictObject({
    content_filtering: z.boolean(),
    pii_detection: z.boolean(),
    toxicity_filtering: z.boolean(),
    safety_threshold: z.number().min(0).max(1),
  }),
  rag: z.strictObject({
    enabled: z.boolean(),
    search_mode: z.enum(['vector', 'hybrid', 'graph']),
    text_weight: z.number().min(0).max(1),
    top_k: z.int().min(1).max(100),
  }),
  rate_limits: rateLimits.partial(),
});
export type Configuration = z.infer<typeof configuration>;

/** What a new organization starts with; values of the source documents. */
export const defaultConfiguration: Configuration = {
  default_model: null,
  allowed_models: null,
  apply_model_defaults: false,
  model_defaults: { temperature: 0.7, max_tokens: 2048, top_p: 1, frequency_penalty: 0, presence_penalty: 0 },
  system_prompts: [],
  safety: { content_filtering: true, pii_detection: true, toxicity_filtering: true, safety_threshold: 0.8 },
  rag: { enabled: true, search_mode: 'hybrid', text_weight: 0.3, top_k: 10 },
  rate_limits: {},
};

const path = { organization_id: id };
const configurationChange = z.strictObject({
  ...path,
  ...configuration.partial().shape,
  model_defaults: modelDefaults.partial().optional(),
  safety: configuration.shape.safety.partial().optional(),
  rag: configuration.shape.rag.partial().optional(),
});

const move = z.object({
  organization_id: id,
  from: z.object({ placement, data_region: z.string() }),
  to: z.object({ placement, data_region: z.string() }),
  state: z.enum(['running', 'done', 'failed']),
  rows: z.int(),
  blocked_ms: z.int(),
  error: z.string().nullable(),
  started_at: moment,
  ended_at: moment.nullable(),
});

const certificate = z.object({
  organization_id: id,
  slug,
  deleted_at: moment,
  key_destroyed_at: moment,
  rows: z.record(z.string(), z.int()),
  remaining: z.int(),
  digest: z.string(),
  signature: z.string(),
  signing_key: z.string(),
});

const tag = 'Organizations';
export const organizations = {
  list: endpoint(
    { method: 'GET', path: '/organizations', summary: 'List organizations', tag },
    { permission: 'platform:organizations' },
  )
    .input(pageQuery.extend({ slug: slug.optional(), status: z.enum(['active', 'suspended']).optional() }))
    .output(pageOf(organization)),
  create: endpoint(
    { method: 'POST', path: '/organizations', summary: 'Create an organization', tag, status: 201 },
    { permission: 'platform:organizations' },
  )
    .input(
      z.strictObject({
        name,
        slug: slug.optional(),
        domain: domain.nullish(),
        plan_tier: planTier.default('free'),
        contact_email: email.nullish(),
        contact_name: name.nullish(),
        max_users: z.int().min(1).max(1_000_000).nullish(),
        data_region: region.default('main'),
        placement: placement.optional(),
      }),
    )
    .output(organization),
  get: endpoint(
    { method: 'GET', path: '/organizations/{organization_id}', summary: 'Read an organization', tag },
    { permission: 'organization:read' },
  )
    .input(z.strictObject(path))
    .output(organization),
  change: endpoint(
    {
      method: 'PATCH',
      path: '/organizations/{organization_id}',
      summary: "Change an organization's profile",
      tag,
    },
    { permission: 'organization:write' },
  )
    .input(z.strictObject({ ...path, ...z.object(profile).partial().shape }))
    .output(organization),
  changePlan: endpoint(
    {
      method: 'PATCH',
      path: '/organizations/{organization_id}/plan',
      summary: 'Change plan and limits of an organization',
      tag,
    },
    { permission: 'platform:organizations' },
  )
    .input(
      z.strictObject({
        ...path,
        plan_tier: planTier.optional(),
        max_users: z.int().min(1).max(1_000_000).nullish(),
        slug: slug.optional(),
      }),
    )
    .output(organization),
  suspend: endpoint(
    {
      method: 'POST',
      path: '/organizations/{organization_id}/suspend',
      summary: 'Suspend an organization: all its credentials stop working',
      tag,
    },
    { permission: 'platform:organizations' },
  )
    .input(z.strictObject({ ...path, reason: z.string().max(500).optional() }))
    .output(organization),
  resume: endpoint(
    {
      method: 'POST',
      path: '/organizations/{organization_id}/resume',
      summary: 'Resume a suspended organization',
      tag,
    },
    { permission: 'platform:organizations' },
  )
    .input(z.strictObject(path))
    .output(organization),
  remove: endpoint(
    {
      method: 'DELETE',
      path: '/organizations/{organization_id}',
      summary: 'Delete an organization for good and certify it',
      tag,
    },
    { permission: 'platform:organizations' },
  )
    .input(z.strictObject({ ...path, confirm: slug }))
    .output(certificate),
  move: endpoint(
    {
      method: 'POST',
      path: '/organizations/{organization_id}/move',
      summary: 'Move an organization to another placement or region',
      tag,
    },
    { permission: 'platform:operate' },
  )
    .input(z.strictObject({ ...path, placement, data_region: region.optional() }))
    .output(move),
  getMove: endpoint(
    {
      method: 'GET',
      path: '/organizations/{organization_id}/move',
      summary: 'The last move of an organization',
      tag,
    },
    { permission: 'platform:operate' },
  )
    .input(z.strictObject(path))
    .output(move),
  getCertificate: endpoint(
    {
      method: 'GET',
      path: '/deletion-certificates/{organization_id}',
      summary: 'The certificate of a deleted organization',
      tag,
    },
    { permission: 'platform:organizations' },
  )
    .input(z.strictObject(path))
    .output(certificate),
  getConfiguration: endpoint(
    {
      method: 'GET',
      path: '/organizations/{organization_id}/configuration',
      summary: 'Read the configuration of an organization',
      tag,
    },
    { permission: 'configuration:read' },
  )
    .input(z.strictObject(path))
    .output(configuration),
  changeConfiguration: endpoint(
    {
      method: 'PATCH',
      path: '/organizations/{organization_id}/configuration',
      summary: 'Change the configuration of an organization',
      tag,
    },
    { permission: 'configuration:write' },
  )
    .input(configurationChange)
    .output(configuration),
};

const workspacePath = { workspace_id: id };
export const workspaces = {
  list: endpoint(
    {
      method: 'GET',
      path: '/organizations/{organization_id}/workspaces',
      summary: 'List workspaces',
      tag: 'Workspaces',
    },
    { permission: 'workspaces:read' },
  )
    .input(pageQuery.extend({ ...path, slug: slug.optional() }))
    .output(pageOf(workspace)),
  create: endpoint(
    {
      method: 'POST',
      path: '/organizations/{organization_id}/workspaces',
      summary: 'Create a workspace',
      tag: 'Workspaces',
      status: 201,
    },
    { permission: 'workspaces:write' },
  )
    .input(
      z.strictObject({
        ...path,
        name,
        slug: slug.optional(),
        description: description.default(''),
        settings: freeObject.default({}),
      }),
    )
    .output(workspace),
  get: endpoint(
    { method: 'GET', path: '/workspaces/{workspace_id}', summary: 'Read a workspace', tag: 'Workspaces' },
    { permission: 'workspaces:read' },
  )
    .input(z.strictObject(workspacePath))
    .output(workspace),
  change: endpoint(
    { method: 'PATCH', path: '/workspaces/{workspace_id}', summary: 'Change a workspace', tag: 'Workspaces' },
    { permission: 'workspaces:write' },
  )
    .input(
      z.strictObject({
        ...workspacePath,
        name: name.optional(),
        slug: slug.optional(),
        description: description.optional(),
        settings: freeObject.optional(),
      }),
    )
    .output(workspace),
  remove: endpoint(
    {
      method: 'DELETE',
      path: '/workspaces/{workspace_id}',
      summary: 'Delete a workspace and all that is in it',
      tag: 'Workspaces',
    },
    { permission: 'workspaces:write' },
  )
    .input(z.strictObject(workspacePath))
    .output(z.object({ id, deleted: z.literal(true) })),
};
