// Workspaces: the rooms of an organization, each a wall of its own.
import { z } from 'zod';
import { ownLimits } from './configuration.ts';
import { endpoint } from './endpoint.ts';
import { description, freeObject, id, moment, name, pageOf, pageQuery, slug } from './fields.ts';

export const workspace = z.object({
  id,
  organization_id: id,
  name,
  slug,
  description,
  settings: z.record(z.string(), z.unknown()),
  rate_limits: ownLimits,
  document_count: z.int(),
  monthly_requests: z.int(),
  created_at: moment,
  updated_at: moment,
});

const path = { organization_id: id };
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
        rate_limits: ownLimits.optional(),
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
