// Endpoint → verb, for agents in workspaces.
import type { agents } from '@insula/contract/agents';
import type { RoutesOf } from '../../platform/http/mount-contract.ts';
import { changeAgent } from './change-agent.ts';
import { createAgent } from './create-agent.ts';
import { getAgent } from './get-agent.ts';
import type { AgentDeps } from './index.ts';
import { listAgents } from './list-agents.ts';
import { removeAgent } from './remove-agent.ts';

/** The endpoints of agents. */
export function agentsRoutes(deps: AgentDeps): RoutesOf<{ agents: typeof agents }> {
  return {
    agents: {
      list: (call, input) => listAgents(deps, call.actor, input),
      create: (call, input) => createAgent(deps, call.actor, input),
      get: (call, input) => getAgent(deps, call.actor, input),
      change: (call, input) => changeAgent(deps, call.actor, input),
      remove: (call, input) => removeAgent(deps, call.actor, input),
    },
  };
}
