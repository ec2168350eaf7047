// The history of agents on paper, and the gallery that new ones are made from.

import { z } from 'zod';
import { agentFields, agentPath, agent as agentShape, agentTag as tag } from './agents.ts';
import { endpoint } from './endpoint.ts';
import { id, moment, name, pageOf, pageQuery, slug } from './fields.ts';
import { problemsOf } from './problem.ts';

export const agentVersionProblems = {
  agent_version_not_found: { status: 404, message: 'The agent has no version {version}.' },
  agent_template_not_found: {
    status: 404,
    message: 'There is no template by that name. GET /v1/agent-templates lists them.',
  },
} as const;
export const agentVersionProblem = problemsOf(agentVersionProblems);

const version = z.coerce.number().int().min(1).max(1_000_000_000);

/** A version as lists show it. */
const agentVersionHead = z.object({
  id,
  version: z.int(),
  changed: z.array(z.string()),
  restored_from: z.int().nullable(),
  created_by: id.nullable(),
  created_by_name: z.string().nullable(),
  created_at: moment,
});
export const agentVersion = agentVersionHead.extend({ agent_id: id, fields: agentFields });

/** One field that differs; `diff` is a unified diff where both are longer texts. */
const fieldDifference = z.object({
  field: z.string(),
  before: z.unknown(),
  after: z.unknown(),
  diff: z.string().nullable(),
});

const one = '/workspaces/{workspace_id}/agents/{agent_id}/versions' as const;
const mayRead = { permission: 'agents:read' } as const;
const mayWrite = { permission: 'agents:write' } as const;

export const agentVersions = {
  list: endpoint({ method: 'GET', path: one, summary: 'List the versions of an agent', tag }, mayRead)
    .input(pageQuery.extend(agentPath))
    .output(pageOf(agentVersionHead)),
  get: endpoint(
    { method: 'GET', path: `${one}/{version}`, summary: 'Read a version of an agent', tag },
    mayRead,
  )
    .input(z.strictObject({ ...agentPath, version }))
    .output(agentVersion),
  compare: endpoint(
    {
      method: 'GET',
      path: `${one}/{version}/differences`,
      summary: 'Compare a version with another one (the version before it unless `against` is given)',
      tag,
    },
    mayRead,
  )
    .input(z.strictObject({ ...agentPath, version, against: version.optional() }))
    .output(z.object({ version: z.int(), against: z.int(), data: z.array(fieldDifference) })),
  restore: endpoint(
    {
      method: 'POST',
      path: `${one}/{version}/restore`,
      summary: 'Restore a version: the agent gets a new version that equals it',
      tag,
    },
    mayWrite,
  )
    .input(z.strictObject({ ...agentPath, version }))
    .output(agentShape),
};

export const agentTemplate = z.object({
  template: z.string(),
  title: z.string(),
  description: z.string(),
  category: z.string(),
  fields: agentFields.pick({
    system_prompt: true,
    temperature: true,
    enabled_tools: true,
    tool_config: true,
    personality: true,
  }),
});

export const agentTemplates = {
  list: endpoint(
    { method: 'GET', path: '/agent-templates', summary: 'The gallery of agents to start from', tag },
    mayRead,
  )
    .input(z.strictObject({}))
    .output(z.object({ data: z.array(agentTemplate), next_cursor: z.null() })),
  use: endpoint(
    {
      method: 'POST',
      path: '/workspaces/{workspace_id}/agents/from-template',
      summary: 'Create an agent from a template of the gallery',
      tag,
      status: 201,
    },
    mayWrite,
  )
    .input(
      z.strictObject({
        workspace_id: id,
        template: z.string().min(1).max(60),
        name: name.optional(),
        slug: slug.optional(),
      }),
    )
    .output(agentShape),
};
