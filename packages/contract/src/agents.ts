// Agents on paper: how a model behaves in a workspace whose knowledge it shares with the other agents there.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { description, freeObject, id, moment, name, pageOf, pageQuery, slug } from './fields.ts';
import { personality } from './personality.ts';
import { problemsOf } from './problem.ts';

export const agentProblems = {
  agent_not_found: { status: 404, message: 'There is no such agent in this workspace.' },
  agent_tool_unknown: {
    status: 400,
    message: 'There is no tool {tool} in this workspace. GET …/agent-tools lists those there are.',
  },
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

const toolIds = z
  .array(id)
  .max(30)
  .refine((given) => new Set(given).size === given.length, 'Name each tool once.');

/** Everything of an agent that a person sets; what a version keeps. */
export const agentFields = z.object({
  name,
  slug,
  description,
  system_prompt: z.string(),
  model_provider: z.string().nullable(),
  model_name: z.string().nullable(),
  temperature: z.number(),
  enabled_tools: z.array(z.enum(agentTools)),
  tool_config: z.record(z.string(), z.unknown()),
  /** Tools of the workspace that it may call. */
  tool_ids: z.array(id),
  personality,
  is_active: z.boolean(),
});
export type AgentFields = z.infer<typeof agentFields>;

export const agent = agentFields.extend({
  id,
  organization_id: id,
  workspace_id: id,
  /** Goes up by one with every change. */
  version: z.int(),
  template: z.string().nullable(),
  created_at: moment,
  updated_at: moment,
});

const path = { workspace_id: id };
export const agentPath = { ...path, agent_id: id };
export const agentTag = 'Agents';
const tag = agentTag;

/** What the preview may try in place of what is saved. */
const previewed = {
  name: name.optional(),
  system_prompt: systemPrompt.optional(),
  personality: personality.optional(),
};

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
        tool_ids: toolIds.default([]),
        personality: personality.default({}),
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
        tool_ids: toolIds.optional(),
        personality: personality.optional(),
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
  duplicate: endpoint(
    {
      method: 'POST',
      path: '/workspaces/{workspace_id}/agents/{agent_id}/duplicate',
      summary: 'Create an agent that equals another one',
      tag,
      status: 201,
    },
    { permission: 'agents:write' },
  )
    .input(z.strictObject({ ...agentPath, name: name.optional(), slug: slug.optional() }))
    .output(agent),
  preview: endpoint(
    {
      method: 'POST',
      path: '/workspaces/{workspace_id}/agents/{agent_id}/preview',
      summary: 'The system prompt as a model gets it, and which field gave which sentence; changes nothing',
      tag,
    },
    { permission: 'agents:read' },
  )
    .input(z.strictObject({ ...agentPath, ...previewed }))
    .output(
      z.object({
        system_prompt: z.string(),
        parts: z.array(z.object({ field: z.string(), text: z.string() })),
        greeting: z.string().nullable(),
      }),
    ),
};
