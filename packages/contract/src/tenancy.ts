// Organizations, their life from creation to deletion, and where they live: the tenant on paper.
import { z } from 'zod';
import { configuration, configurationChange } from './configuration.ts';
import { endpoint } from './endpoint.ts';
import { email, id, moment, name, pageOf, pageQuery, slug } from './fields.ts';
import { problemsOf } from './problem.ts';

export {
  type Configuration,
  type ConfigurationChange,
  configuration,
  defaultConfiguration,
  modelDefaults,
  rateLimits,
} from './configuration.ts';

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
  removal_under_way: {
    status: 409,
    message: 'The organization is being deleted. Repeat the request to see how it went.',
  },
  move_failed: {
    status: 503,
    message: 'The move did not succeed and was undone; nothing was lost. Reason: {reason}',
  },
  move_not_found: { status: 404, message: 'No move of such an organization is known here.' },
  certificate_not_found: { status: 404, message: 'There is no such certificate here.' },
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

const domain = z
  .string()
  .max(253)
  .toLowerCase()
  .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, 'Give a domain such as example.com.');
const region = z.string().min(1).max(40);
/** The plan as older clients send it. */
const subscription = z.strictObject({
  plan: planTier.optional(),
  tier: planTier.optional(),
  maxUsers: z.int().min(1).max(1_000_000).nullable().optional(),
});
const profile = {
  name,
  domain: domain.nullable(),
  contact_email: email.nullable(),
  contact_name: name.nullable(),
};

const path = { organization_id: id };
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
export type Move = z.infer<typeof move>;

/**
 * Proof of a deletion. `rows` says what was destroyed, by table; `digest` is the SHA-256 (hex) of the canonical JSON
 * (RFC 8785) of the fields above it; `signature` (base64url, Ed25519) is over "insula signed record 1", a zero byte and that
 * same JSON, by `signing_key`.
 */
const certificate = z.object({
  organization_id: id,
  slug,
  deleted_at: moment,
  key_destroyed_at: moment,
  rows: z.record(z.string(), z.int()),
  remaining: z.literal(0),
  digest: z.string(),
  signature: z.string(),
  signing_key: z.object({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    x: z.string(),
    kid: z.string(),
    alg: z.literal('EdDSA'),
    use: z.literal('sig'),
  }),
});
export type Certificate = z.infer<typeof certificate>;

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
        plan_tier: planTier.optional(),
        contact_email: email.nullish(),
        contact_name: name.nullish(),
        max_users: z.int().min(1).max(1_000_000).nullish(),
        data_region: region.default('main'),
        placement: placement.optional(),
        configuration: configurationChange.optional(),
        subscription: subscription.optional(),
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
    .input(configurationChange.extend(path))
    .output(configuration),
};
