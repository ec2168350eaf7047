// What an agent may call in one answer: searches of the workspace's knowledge, and the tools of the workspace that it names.
// Everything happens with the rights of the person who asks.
import type { ChatDeps, SearchMode } from '../chat/chat-deps.ts';
import type { Conversing } from '../chat/converse-with-model.ts';
import type { AgentRow } from '../profiles/store.ts';
import type { Passages } from '../prompting/collect-passages.ts';
import { quotePassages } from '../prompting/quote-passages.ts';
import { openAgentTool } from './open-agent-tool.ts';
import { openHttpTool } from './open-http-tool.ts';
import { openMcpTools } from './open-mcp-tools.ts';
import { listTools } from './store.ts';

export type Tool = {
  name: string;
  description: string;
  /** A JSON schema of an object. */
  parameters: Record<string, unknown>;
  requiresApproval: boolean;
  /** Answers what the model is told: words, or a value that is written as JSON. */
  call(input: Record<string, unknown>, talk: Conversing): Promise<unknown>;
};
export type Loading = {
  deps: ChatDeps;
  actor: Conversing['actor'];
  agent: AgentRow;
  config: Conversing['config'];
  passages: Passages;
  /** How many agents stand above this one in the same answer. */
  depth: number;
  signal: AbortSignal;
};

/** Opens the tools of an agent; an MCP server that does not answer is left out and told of in the log. */
export async function loadTools(loading: Loading): Promise<Tool[]> {
  const { deps, actor, agent, config } = loading;
  const searches =
    config.retrieval === 'tools' ? agent.enabled_tools.map((name) => openSearch(loading, name)) : [];
  if (agent.tool_ids.length === 0) return searches;
  const at = { organizationId: actor.organization_id, workspaceId: agent.workspace_id };
  const rows = await deps.db.as(actor, (tx) => listTools(tx, at, agent.tool_ids));
  const opened = await Promise.all(
    rows
      .filter((row) => row.is_active)
      .map(async (row) => {
        if (row.kind === 'http') return [await openHttpTool(loading, row)];
        if (row.kind === 'agent') return openAgentTool(loading, row);
        return openMcpTools(loading, row);
      }),
  );
  const tools = [...searches, ...opened.flat()];
  // An agent that another one asked cannot wait for a person.
  return loading.depth === 0 ? tools : tools.filter((tool) => !tool.requiresApproval);
}

const searchWords: Record<string, { mode: SearchMode; says: string }> = {
  vector_search: { mode: 'vector', says: 'Find passages by meaning' },
  hybrid_search: { mode: 'hybrid', says: 'Find passages by meaning and by words' },
  graph_search: { mode: 'graph', says: 'Find passages by the people, things and relations they speak of' },
};

function openSearch({ deps, actor, agent, config, passages }: Loading, name: string): Tool {
  const { mode, says } = searchWords[name] ?? searchWords.hybrid_search!;
  return {
    name,
    description: `${says} in the documents of this workspace. Cite what you use by its number.`,
    parameters: {
      type: 'object',
      properties: { query: { type: 'string', minLength: 1, maxLength: 2_000 } },
      required: ['query'],
      additionalProperties: false,
    },
    requiresApproval: false,
    async call(input, talk) {
      const found = await deps.searchKnowledge(actor, {
        workspaceId: agent.workspace_id,
        query: String(input.query),
        mode,
        limit: config.top_k,
        signal: talk.signal,
      });
      return found.length > 0 ? quotePassages(passages.add(found)) : 'Nothing was found.';
    },
  };
}
