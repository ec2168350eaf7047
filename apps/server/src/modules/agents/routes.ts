// Endpoint → verb, for agents in workspaces.

import type { agentToolsOfWorkspace } from '@insula/contract/agent-tools';
import type { agentVersions, agentTemplates as templateEndpoints } from '@insula/contract/agent-versions';
import type { agents } from '@insula/contract/agents';
import type { RoutesOf } from '../../platform/http/mount-contract.ts';
import { chatRoutes } from './chat/routes.ts';
import { conversationRoutes } from './conversations/routes.ts';
import type { Agents } from './create-agents.ts';
import { previewPrompt } from './personality/preview-prompt.ts';
import { changeAgent } from './profiles/change-agent.ts';
import { createAgent } from './profiles/create-agent.ts';
import { duplicateAgent } from './profiles/duplicate-agent.ts';
import { getAgent } from './profiles/get-agent.ts';
import { listAgents } from './profiles/list-agents.ts';
import { removeAgent } from './profiles/remove-agent.ts';
import { agentTemplates } from './templates/agent-templates.ts';
import { useTemplate } from './templates/use-template.ts';
import { changeTool, createTool, getTool, listToolPage, removeTool } from './tools/change-tool.ts';
import { compareVersions } from './versions/compare-versions.ts';
import { getVersion, listVersions } from './versions/list-versions.ts';
import { restoreVersion } from './versions/restore-version.ts';

type Endpoints = {
  agents: typeof agents;
  agentVersions: typeof agentVersions;
  agentTemplates: typeof templateEndpoints;
  agentTools: typeof agentToolsOfWorkspace;
};
type Further = ReturnType<typeof conversationRoutes> & ReturnType<typeof chatRoutes>;

/** The endpoints of agents. */
export function agentsRoutes(module: Agents): RoutesOf<Endpoints> & Further {
  const { deps } = module;
  return {
    ...conversationRoutes(module),
    ...chatRoutes(module),
    agents: {
      list: (call, input) => listAgents(deps, call.actor, input),
      create: (call, input) => createAgent(deps, call.actor, input),
      get: (call, input) => getAgent(deps, call.actor, input),
      change: (call, input) => changeAgent(deps, call.actor, input),
      remove: (call, input) => removeAgent(deps, call.actor, input),
      duplicate: (call, input) => duplicateAgent(deps, call.actor, input),
      preview: (call, input) => previewPrompt(deps, call.actor, input),
    },
    agentVersions: {
      list: (call, input) => listVersions(deps, call.actor, input),
      get: (call, input) => getVersion(deps, call.actor, input),
      compare: (call, input) => compareVersions(deps, call.actor, input),
      restore: (call, input) => restoreVersion(deps, call.actor, input),
    },
    agentTemplates: {
      list: async () => ({ data: [...agentTemplates], next_cursor: null }),
      use: (call, input) => useTemplate(deps, call.actor, input),
    },
    agentTools: {
      list: (call, input) => listToolPage(deps, call.actor, input),
      create: (call, input) => createTool(deps, call.actor, input),
      get: (call, input) => getTool(deps, call.actor, input),
      change: (call, input) => changeTool(deps, call.actor, input),
      remove: (call, input) => removeTool(deps, call.actor, input),
    },
  };
}
