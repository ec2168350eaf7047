// Agents on paper: how a model behaves in a workspace whose knowledge it shares with the other agents there.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { description, freeObject, id, moment, name, pageOf, pageQuery, slug } from './fields.ts';
import { problemsOf } from './problem.ts';

export const agentProblems = {
  agent_not_found: { status: 404, message: 'There is no such agent in this workspace.' },
  agent_slug_taken: {
    status: 409,
    message: 'An agent of this workspace has the slug "{slug}" already. Choose another.',
  },
} as const;
export const agentProblem = problemsOf(agentProblems);

/** What an agent may use to look things up in its workspace. */
export const agentTools = ['vector_search', 'hybrid_search', 'graph_search'] as const;
const enabledTools = z
  .array(z.enum(agentTools))
  .max(agentTools.length)
  .refine((given) => new Set(given).size === given.length, 'Name each tool once.');
const systemPrompt = z.string().max(32_000);
const provider = z.string().trim().min(1).max(100);
const modelName = z.string().trim().min(1).max(200);
const temperature = z.number().min(0).max(2);

export const agent = z.object({
  id,
  organization_id: id,
  workspace_id: id,
  name,
  slug,
  description,
  system_prompt: z.string(),
  model_provider: z.string().nullable(),
  model_name: z.string().nullable(),
  temperature: z.number(),
  enabled_tools: z.array(z.enum(agentTools)),
  tool_config: z.record(z.string(), z.unknown()),
  is_active: z.boolean(),
  created_at: moment,
  updated_at: moment,
});

const path = { workspace_id: id };
const agentPath = { ...path, agent_id: id };
const tag = 'Agents';

export const agents = {
  list: endpoint(
    { method: 'GET', path: '/workspaces/{workspace_id}/agents', summary: 'List agents', tag },
    { permission: 'agents:read' },
  )
    .input(pageQuery.extend({ ...path, slug: slug.optional() }))
    .output(pageOf(agent)),
  create: endpoint(
    {
      method: 'POST',
      path: '/workspaces/{workspace_id}/agents',
      summary: 'Create an agent',
      tag,
      status: 201,
    },
    { permission: 'agents:write' },
  )
    .input(
      z.strictObject({
        ...path,
        name,
        slug: slug.optional(),
        description: description.default(''),
        system_prompt: systemPrompt.default(''),
        model_provider: provider.nullable().default(null),
        model_name: modelName.nullable().default(null),
        temperature: temperature.default(0.7),
        enabled_tools: enabledTools.default([]),
        tool_config: freeObject.default({}),
        is_active: z.boolean().default(true),
      }),
    )
    .output(agent),
  get: endpoint(
    { method: 'GET', path: '/workspaces/{workspace_id}/agents/{agent_id}', summary: 'Read an agent', tag },
    { permission: 'agents:read' },
  )
    .input(z.strictObject(agentPath))
    .output(agent),
  change: endpoint(
    {
      method: 'PATCH',
      path: '/workspaces/{workspace_id}/agents/{agent_id}',
      summary: 'Change an agent',
      tag,
    },
    { permission: 'agents:write' },
  )
    .input(
      z.strictObject({
        ...agentPath,
        name: name.optional(),
        slug: slug.optional(),
        description: description.optional(),
        system_prompt: systemPrompt.optional(),
        model_provider: provider.nullable().optional(),
        model_name: modelName.nullable().optional(),
        temperature: temperature.optional(),
        enabled_tools: enabledTools.optional(),
        tool_config: freeObject.optional(),
        is_active: z.boolean().optional(),
      }),
    )
    .output(agent),
  remove: endpoint(
    {
      method: 'DELETE',
      path: '/workspaces/{workspace_id}/agents/{agent_id}',
      summary: 'Delete an agent',
      tag,
    },
    { permission: 'agents:write' },
  )
    .input(z.strictObject(agentPath))
    .output(z.object({ id, deleted: z.literal(true) })),
};
