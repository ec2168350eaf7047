// The cache of answers on paper: off unless a workspace turns it on, and never shared beyond that workspace.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, moment } from './fields.ts';

const settings = {
  /** `exact` answers the same question again; `semantic` also one that means the same. */
  mode: z.enum(['off', 'exact', 'semantic']),
  ttl_seconds: z.int().min(1).max(2_592_000).default(3_600),
  /** Whether calls with a temperature above 0 (or none given) are answered from the cache. */
  cache_sampled: z.boolean().default(false),
  similarity_threshold: z.number().min(0.8).max(1).default(0.95),
  max_entries: z.int().min(1).max(10_000).default(1_000),
};
const cacheSettings = z.object({
  workspace_id: id,
  mode: z.enum(['off', 'exact', 'semantic']),
  ttl_seconds: z.int(),
  cache_sampled: z.boolean(),
  similarity_threshold: z.number(),
  max_entries: z.int(),
  emptied_at: moment.nullable(),
  updated_at: moment.nullable(),
});

const path = '/workspaces/{workspace_id}/cache' as const;
const tag = 'Cache';
const owner = { workspace_id: id };

/** The settings of a workspace's cache, and emptying it. */
export const answerCache = {
  get: endpoint(
    { method: 'GET', path, summary: 'Read the settings of the cache', tag },
    { permission: 'configuration:read' },
  )
    .input(z.strictObject(owner))
    .output(cacheSettings),
  replace: endpoint(
    { method: 'PUT', path, summary: 'Set up the cache', tag },
    { permission: 'workspaces:write' },
  )
    .input(z.strictObject({ ...owner, ...settings }))
    .output(cacheSettings),
  empty: endpoint(
    { method: 'DELETE', path, summary: 'Empty the cache', tag },
    { permission: 'workspaces:write' },
  )
    .input(z.strictObject(owner))
    .output(cacheSettings),
};
export { cacheSettings };
