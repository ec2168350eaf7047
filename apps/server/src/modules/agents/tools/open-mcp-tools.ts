// The tools of an MCP server over HTTP (the protocol's streamable transport): listed when an answer begins, remembered for a
// while, called through the guarded way out. What the server says of its tools is data like everything else it says.
import { createHash } from 'node:crypto';
import type { McpSettings } from '@insula/contract/agent-tools';
import { LRUCache } from 'lru-cache';
import { callMcp, type McpServer } from './call-mcp.ts';
import type { Loading, Tool } from './load-tools.ts';
import { openHeaders } from './seal-headers.ts';
import type { ToolRow } from './store.ts';

type Listed = {
  name: string;
  description: string;
  inputSchema: Record<string, unknown>;
  isReadOnly: boolean;
};

const TOOLS_MAX = 50;
const REMEMBER_MS = 60_000;
const NAME_MAX = 64;
const DESCRIPTION_MAX = 1_000;

/** Lists of tools by organization, row and its last change. */
const lists = new LRUCache<string, Listed[]>({ max: 2_000, ttl: REMEMBER_MS });

/** Opens the tools of a server, named `server__tool`; none when it does not answer. */
export async function openMcpTools({ deps, signal }: Loading, row: ToolRow): Promise<Tool[]> {
  const settings = row.settings as unknown as McpSettings;
  const headers = { ...settings.headers, ...(await openHeaders(deps.secrets, row)) };
  const server: McpServer = {
    egress: deps.egress,
    url: settings.url,
    headers,
    timeoutMs: settings.timeout_ms,
  };
  try {
    const listed = await listRemembered(server, row, signal);
    return listed
      .filter(({ name }) => settings.tools === null || settings.tools.includes(name))
      .map((one) => openTool(server, row, one));
  } catch (error) {
    deps.log.warn({ tool: row.id, error: (error as Error).message }, 'an MCP server did not list its tools');
    return [];
  }
}

async function listRemembered(server: McpServer, row: ToolRow, signal: AbortSignal): Promise<Listed[]> {
  const key = JSON.stringify([row.organization_id, row.id, row.updated_at.getTime()]);
  const known = lists.get(key);
  if (known) return known;
  const { tools } = (await callMcp(server, { method: 'tools/list', params: {} }, signal)) as {
    tools?: unknown[];
  };
  const read = (tools ?? []).slice(0, TOOLS_MAX).flatMap(readTool);
  lists.set(key, read);
  return read;
}

function readTool(given: unknown): Listed[] {
  const { name, description, inputSchema, annotations } = (given ?? {}) as Record<string, unknown>;
  if (typeof name !== 'string' || name === '' || typeof inputSchema !== 'object' || inputSchema === null)
    return [];
  if (JSON.stringify(inputSchema).length > 20_000) return [];
  const isReadOnly = (annotations as { readOnlyHint?: unknown } | undefined)?.readOnlyHint === true;
  const said = typeof description === 'string' ? description.slice(0, DESCRIPTION_MAX) : '';
  return [{ name, description: said, inputSchema: inputSchema as Record<string, unknown>, isReadOnly }];
}

function openTool(server: McpServer, row: ToolRow, listed: Listed): Tool {
  return {
    name: nameTool(row.name, listed.name),
    description: listed.description,
    parameters: listed.inputSchema,
    // A server's own word that a tool only reads is not believed: the workspace decides.
    requiresApproval: row.requires_approval,
    async call(input, talk) {
      const params = { name: listed.name, arguments: input };
      const result = (await callMcp(server, { method: 'tools/call', params }, talk.signal)) as {
        content?: { type?: string; text?: string }[];
        structuredContent?: unknown;
        isError?: boolean;
      };
      const text = (result.content ?? [])
        .map((one) => (one.type === 'text' ? (one.text ?? '') : `(${String(one.type)})`))
        .join('\n');
      if (result.isError) throw new Error(text || 'The tool failed.');
      return text || JSON.stringify(result.structuredContent ?? null);
    },
  };
}

/** A name that providers take; one that had to be cut keeps apart by a digest. */
function nameTool(server: string, tool: string): string {
  const name = `${server}__${tool}`.replace(/[^a-zA-Z0-9_-]/g, '_');
  if (name.length <= NAME_MAX) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, NAME_MAX - 9)}_${digest}`;
}
