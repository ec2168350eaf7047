// What agents may call beside knowledge, on paper: an address that speaks HTTP, an MCP server, another agent of the workspace.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { description, freeObject, id, moment, pageOf, pageQuery } from './fields.ts';
import { problemsOf } from './problem.ts';

export const agentToolProblems = {
  agent_tool_not_found: { status: 404, message: 'There is no such tool in this workspace.' },
  agent_tool_name_taken: { status: 409, message: 'A tool of this workspace is called "{name}" already.' },
  agent_tool_invalid: { status: 400, message: 'The tool cannot be used: {reason}' },
} as const;
export const agentToolProblem = problemsOf(agentToolProblems);

/** What models call it: letters, digits, hyphens, underscores. */
const toolName = z
  .string()
  .max(40)
  .regex(/^[a-zA-Z][a-zA-Z0-9_-]*$/, 'Begin with a letter; letters, digits, - and _ only.');
const headers = z
  .record(
    z
      .string()
      .max(100)
      .regex(/^[a-zA-Z0-9-]+$/),
    z
      .string()
      .max(4_000)
      .regex(/^[\x20-\x7e]*$/),
  )
  .refine((given) => Object.keys(given).length <= 20, 'At most 20 headers.');
const timeoutMs = z.int().min(100).max(60_000).default(15_000);
/** `{name}` in the path stands for a parameter; the host is always as written. */
const address = z
  .string()
  .max(2_000)
  .regex(
    /^https?:\/\/[^/{}?#\s\\@]+(\/[^\s\\]*)?$/,
    'Write an address such as https://api.example.com/orders/{id}.',
  );

export const httpSettings = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET'),
  url: address,
  /** A JSON schema of an object: what the model fills in. */
  parameters: freeObject,
  headers: headers.default({}),
  timeout_ms: timeoutMs,
});
export type HttpSettings = z.infer<typeof httpSettings>;
export const mcpSettings = z.strictObject({
  url: address,
  headers: headers.default({}),
  /** Which of the server's tools are offered; null: all of them, at most 50. */
  tools: z.array(z.string().min(1).max(200)).max(50).nullable().default(null),
  timeout_ms: timeoutMs,
});
export type McpSettings = z.infer<typeof mcpSettings>;
export const agentSettings = z.strictObject({ agent_id: id });
export type AgentSettings = z.infer<typeof agentSettings>;

export const agentTool = z.object({
  id,
  workspace_id: id,
  name: z.string(),
  description: z.string(),
  kind: z.enum(['http', 'mcp', 'agent']),
  settings: z.record(z.string(), z.unknown()),
  /** Whether headers are kept sealed; they are never shown. */
  has_secret: z.boolean(),
  requires_approval: z.boolean(),
  is_active: z.boolean(),
  created_at: moment,
  updated_at: moment,
});

const path = { workspace_id: id };
const toolPath = { ...path, agent_tool_id: id };
const all = '/workspaces/{workspace_id}/agent-tools' as const;
const one = `${all}/{agent_tool_id}` as const;
const mayRead = { permission: 'agents:read' } as const;
const mayWrite = { permission: 'agents:write' } as const;
const tag = 'Agent tools';
const settings = z.union([httpSettings, mcpSettings, agentSettings]);

export const agentToolsOfWorkspace = {
  list: endpoint({ method: 'GET', path: all, summary: 'List the tools of a workspace', tag }, mayRead)
    .input(pageQuery.extend(path))
    .output(pageOf(agentTool)),
  create: endpoint(
    { method: 'POST', path: all, summary: 'Create a tool for agents', tag, status: 201 },
    mayWrite,
  )
    .input(
      z.strictObject({
        ...path,
        name: toolName,
        description: description.default(''),
        kind: z.enum(['http', 'mcp', 'agent']),
        settings,
        /** Headers with credentials; kept sealed. */
        secret_headers: headers.default({}),
        /** Left out: calls that only read (GET, agents) need none, all others do. */
        requires_approval: z.boolean().optional(),
        is_active: z.boolean().default(true),
      }),
    )
    .output(agentTool),
  get: endpoint({ method: 'GET', path: one, summary: 'Read a tool', tag }, mayRead)
    .input(z.strictObject(toolPath))
    .output(agentTool),
  change: endpoint({ method: 'PATCH', path: one, summary: 'Change a tool', tag }, mayWrite)
    .input(
      z.strictObject({
        ...toolPath,
        name: toolName.optional(),
        description: description.optional(),
        settings: settings.optional(),
        secret_headers: headers.optional(),
        requires_approval: z.boolean().optional(),
        is_active: z.boolean().optional(),
      }),
    )
    .output(agentTool),
  remove: endpoint({ method: 'DELETE', path: one, summary: 'Delete a tool', tag }, mayWrite)
    .input(z.strictObject(toolPath))
    .output(z.object({ id, deleted: z.literal(true) })),
};
