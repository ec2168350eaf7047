// The gateway on paper: providers and their credentials, and what model calls cost. The calls themselves are in surfaces.ts.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, moment, name, pageOf, pageQuery } from './fields.ts';
import { problemsOf } from './problem.ts';

export const gatewayProblems = {
  credential_not_found: { status: 404, message: 'There is no such provider credential here.' },
  provider_unknown: { status: 400, message: 'There is no provider "{provider}". Known are: {providers}.' },
  base_url_needed: {
    status: 400,
    message: 'For the provider "{provider}", base_url must be given: it has no address of its own.',
  },
  api_key_needed: { status: 400, message: 'For the provider "{provider}", {fields} must be given.' },
  region_needed: {
    status: 400,
    message: 'For the provider "{provider}", region must be given, such as us-east-1.',
  },
  credential_field_unused: {
    status: 400,
    message: 'The provider "{provider}" has no use for {field}. Its fields are: {fields}.',
  },
  credential_refused: {
    status: 422,
    message:
      'The credential was not saved, because {provider} did not accept it: {reason} Mend it, or send "test": false to save it untested.',
  },
  model_needed: {
    status: 400,
    message: 'Name a model, or set a default_model in the configuration of the organization.',
  },
  model_not_found: {
    status: 404,
    message: 'No provider credential of this workspace offers the model "{model}". {hint}',
  },
  limit_reached: {
    status: 429,
    message:
      'This {whose} is limited to {limit} {unit} a {window}, and they are used up. It opens again in {retry_after_seconds} seconds.',
  },
  call_too_large: {
    status: 429,
    message:
      'The call may use {cost} tokens, and this {whose} is limited to {limit} a {window}. Send less, or ask for fewer output tokens.',
  },
  too_many_at_once: {
    status: 429,
    message:
      'This {whose} may have {limit} calls under way at once, and has. Wait until one of them is done.',
  },
  overloaded: {
    status: 503,
    message:
      'The server has as many calls under way as it takes. Try again in {retry_after_seconds} seconds.',
  },
  model_not_allowed: {
    status: 403,
    message: 'The model "{model}" is not among the allowed models of this organization.',
  },
} as const;
export const gatewayProblem = problemsOf(gatewayProblems);

export const providerName = z.string().min(1).max(40);
const apiKey = z
  .string()
  .min(1)
  .max(4_096)
  .regex(/^[\x21-\x7e]+$/, 'A key has no spaces, line breaks or letters beyond ASCII.');
const baseUrl = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .regex(
    /^[a-z]+:\/\/[^/?#]*[\w.~%:@/-]*$/i,
    'Give an address without a query, fragment or special characters.',
  );
const region = z
  .string()
  .max(40)
  .regex(/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/, 'Give a region such as us-east-1.');
const apiVersion = z
  .string()
  .max(40)
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'Give a version such as v1, preview or 2024-10-21.');
/** What a provider's credential is made of; which of it a provider takes, `GET /providers` says. Secrets are write-only. */
const parts = {
  api_key: apiKey.optional(),
  access_key_id: apiKey.max(128).optional(),
  secret_access_key: apiKey.max(256).optional(),
  session_token: apiKey.optional(),
  base_url: baseUrl.optional(),
  region: region.optional(),
  api_version: apiVersion.optional(),
};
const models = z.array(z.string().min(1).max(200)).max(2_000);
const priority = z.int().min(0).max(1_000);

/** A credential as it is shown: the key itself is write-only. */
export const credential = z.object({
  id,
  workspace_id: id.nullable(),
  name,
  provider: z.string(),
  base_url: z.string(),
  region: z.string().nullable(),
  api_version: z.string().nullable(),
  secret_hint: z.string().nullable(),
  models: z.array(z.string()).nullable(),
  priority: z.int(),
  status: z.enum(['active', 'disabled']),
  tested_at: moment.nullable(),
  test_error: z.string().nullable(),
  created_at: moment,
  updated_at: moment,
});

const created = {
  name,
  provider: providerName,
  ...parts,
  models: models.nullish(),
  priority: priority.default(100),
  test: z.boolean().default(true),
};
const changed = {
  name: name.optional(),
  ...parts,
  models: models.nullish(),
  priority: priority.optional(),
  status: z.enum(['active', 'disabled']).optional(),
  test: z.boolean().default(true),
};
const tested = z.object({ ok: z.boolean(), models: z.array(z.string()), error: z.string().nullable() });

const mayRead = { permission: 'credentials:read' } as const;
const mayWrite = { permission: 'credentials:write' } as const;
const tag = 'Credentials';

/** The six endpoints of credentials, for one of their two homes: a workspace, or the whole organization. */
function credentialEndpoints<O extends Record<string, typeof id>>(home: `/${string}`, owner: O) {
  const input = z.strictObject({ ...owner, credential_id: id });
  const path = `${home}/credentials` as const;
  const one = `${path}/{credential_id}` as const;
  return {
    list: endpoint({ method: 'GET', path, summary: 'List provider credentials', tag }, mayRead)
      .input(pageQuery.extend(owner))
      .output(pageOf(credential)),
    create: endpoint(
      { method: 'POST', path, summary: 'Save a provider credential', tag, status: 201 },
      mayWrite,
    )
      .input(z.strictObject({ ...owner, ...created }))
      .output(credential),
    get: endpoint({ method: 'GET', path: one, summary: 'Read a provider credential', tag }, mayRead)
      .input(input)
      .output(credential),
    change: endpoint(
      { method: 'PATCH', path: one, summary: 'Change or rotate a provider credential', tag },
      mayWrite,
    )
      .input(input.extend(changed))
      .output(credential),
    remove: endpoint({ method: 'DELETE', path: one, summary: 'Delete a provider credential', tag }, mayWrite)
      .input(input)
      .output(z.object({ id, deleted: z.literal(true) })),
    test: endpoint(
      { method: 'POST', path: `${one}/test`, summary: 'Try a provider credential and read its models', tag },
      mayWrite,
    )
      .input(input)
      .output(tested),
  };
}

export const credentials = credentialEndpoints('/workspaces/{workspace_id}', { workspace_id: id });
export const organizationCredentials = credentialEndpoints('/organizations/{organization_id}', {
  organization_id: id,
});

/** A field of a credential, with what a form needs to ask for it. */
const providerField = z.object({
  name: z.enum(Object.keys(parts) as [keyof typeof parts, ...(keyof typeof parts)[]]),
  label: z.string(),
  help: z.string(),
  required: z.boolean(),
  secret: z.boolean(),
  default: z.string().nullable(),
});
/** `keys_any_of`: sets of secret fields, one of which must be given whole; empty where none is needed. */
export const provider = z.object({
  id: z.string(),
  name: z.string(),
  base_url: z.string().nullable(),
  needs_key: z.boolean(),
  local: z.boolean(),
  dialect: z.enum(['openai', 'anthropic', 'google', 'bedrock', 'cohere']),
  embeddings: z.boolean(),
  fields: z.array(providerField),
  keys_any_of: z.array(z.array(z.string())),
});
export const providers = {
  list: endpoint(
    { method: 'GET', path: '/providers', summary: 'Providers that can be connected', tag: 'Credentials' },
    { permission: 'models:read' },
  )
    .input(z.strictObject({}))
    .output(z.object({ data: z.array(provider) })),
};

const tokens = {
  input_tokens: z.int().nullable(),
  cached_input_tokens: z.int().nullable(),
  output_tokens: z.int().nullable(),
  reasoning_tokens: z.int().nullable(),
};

/** One settled attempt at a model call; `cost_micros` is null when the price of the model is not known. */
export const call = z.object({
  id,
  attempt: z.int(),
  at: moment,
  workspace_id: id.nullable(),
  actor_kind: z.string(),
  actor_id: id.nullable(),
  surface: z.string(),
  provider: z.string(),
  credential_id: id.nullable(),
  requested_model: z.string(),
  upstream_model: z.string(),
  ...tokens,
  cost_micros: z.int().nullable(),
  currency: z.string().nullable(),
  price_version: z.int().nullable(),
  usage_source: z.enum(['provider', 'counted', 'estimated']),
  status: z.int().nullable(),
  streamed: z.boolean(),
  latency_ms: z.int().nullable(),
  first_byte_ms: z.int().nullable(),
  route_id: id.nullable(),
  variant: z.string().nullable(),
  failure: z.string().nullable(),
  cache: z.enum(['exact', 'semantic']).nullable(),
  /** What in the house made the call (`job`, `agent` …), of which thing, in which run and step; null for calls from outside. */
  purpose: z.string().nullable(),
  subject_id: id.nullable(),
  run_id: id.nullable(),
  step: z.int().nullable(),
});

const period = {
  run: id.optional(),
  from: moment.optional(),
  to: moment.optional(),
  workspace: id.optional(),
  actor_id: id.optional(),
  model: z.string().min(1).max(256).optional(),
};
const total = z.object({
  key: z.string().nullable(),
  currency: z.string().nullable(),
  calls: z.int(),
  failed_calls: z.int(),
  input_tokens: z.int(),
  cached_input_tokens: z.int(),
  output_tokens: z.int(),
  reasoning_tokens: z.int(),
  cost_micros: z.int(),
  uncertain_calls: z.int(),
});

export const usage = {
  list: endpoint(
    {
      method: 'GET',
      path: '/organizations/{organization_id}/usage',
      summary: 'List metered model calls',
      tag: 'Usage',
    },
    { permission: 'usage:read' },
  )
    .input(pageQuery.extend({ organization_id: id, ...period }))
    .output(pageOf(call)),
  sum: endpoint(
    {
      method: 'GET',
      path: '/organizations/{organization_id}/usage/totals',
      summary: 'Totals of metered model calls',
      tag: 'Usage',
    },
    { permission: 'usage:read' },
  )
    .input(
      z.strictObject({
        organization_id: id,
        ...period,
        by: z.enum(['day', 'provider', 'upstream_model', 'workspace_id', 'actor_id', 'purpose']).optional(),
      }),
    )
    .output(z.object({ from: moment, to: moment, data: z.array(total) })),
};
