// API keys on paper: made in a workspace, shown once, revoked and rotated.
import { z } from 'zod';
import { ownLimits } from './configuration.ts';
import { endpoint } from './endpoint.ts';
import { id, moment, name, pageOf, pageQuery } from './fields.ts';
import { keyScopes } from './permissions.ts';

const scopes = z
  .array(z.enum(keyScopes))
  .min(1)
  .max(keyScopes.length)
  .refine((given) => new Set(given).size === given.length, 'Name each scope once.');

/** An API key as it is shown: never with its secret. */
export const apiKey = z.object({
  id,
  name,
  key_prefix: z.string(),
  workspace_id: id,
  mode: z.enum(['live', 'test']),
  scopes: z.array(z.string()),
  rate_limit_per_minute: z.int(),
  rate_limits: ownLimits,
  expires_at: moment.nullable(),
  last_used_at: moment.nullable(),
  revoked_at: moment.nullable(),
  created_at: moment,
  is_active: z.boolean(),
});
/** The only answers that hold the key itself. */
const newApiKey = apiKey.extend({ key: z.string() });

const keysPath = { workspace_id: id };
const keyPath = { ...keysPath, key_id: id };
const keyTag = 'API keys';
export const apiKeys = {
  create: endpoint(
    {
      method: 'POST',
      path: '/workspaces/{workspace_id}/api-keys',
      summary: 'Create an API key; it is shown once',
      tag: keyTag,
      status: 201,
    },
    { permission: 'keys:write' },
  )
    .input(
      z.strictObject({
        ...keysPath,
        name,
        mode: z.enum(['live', 'test']).default('live'),
        scopes: scopes.default(['chat', 'search']),
        rate_limit_per_minute: z.int().min(1).max(1_000_000).optional(),
        rate_limits: ownLimits.default({}),
        expires_at: moment.nullish(),
      }),
    )
    .output(newApiKey),
  list: endpoint(
    {
      method: 'GET',
      path: '/workspaces/{workspace_id}/api-keys',
      summary: 'List the API keys of a workspace',
      tag: keyTag,
    },
    { permission: 'keys:read' },
  )
    .input(pageQuery.extend(keysPath))
    .output(pageOf(apiKey)),
  get: endpoint(
    {
      method: 'GET',
      path: '/workspaces/{workspace_id}/api-keys/{key_id}',
      summary: 'Read an API key, without its secret',
      tag: keyTag,
    },
    { permission: 'keys:read' },
  )
    .input(z.strictObject(keyPath))
    .output(apiKey),
  revoke: endpoint(
    {
      method: 'DELETE',
      path: '/workspaces/{workspace_id}/api-keys/{key_id}',
      summary: 'Revoke an API key at once, on every server',
      tag: keyTag,
    },
    { permission: 'keys:write' },
  )
    .input(z.strictObject(keyPath))
    .output(apiKey),
  rotate: endpoint(
    {
      method: 'POST',
      path: '/workspaces/{workspace_id}/api-keys/{key_id}/rotate',
      summary: 'Replace an API key by a new one; the old one works on for the overlap',
      tag: keyTag,
      status: 201,
    },
    { permission: 'keys:write' },
  )
    .input(z.strictObject({ ...keyPath, overlap_seconds: z.int().min(0).max(604_800).default(0) }))
    .output(newApiKey),
};
