// Reading one agent: in another workspace it does not exist.
import { agentProblem } from '@insula/contract/agents';
import type { Actor } from '../../../platform/actor.ts';
import type { AgentDeps } from '../index.ts';
import { type Agent, presentAgent } from './present-agent.ts';
import { findAgent } from './store.ts';

/** The agent; throws `agent_not_found`. */
export async function getAgent(
  deps: AgentDeps,
  actor: Actor,
  at: { workspace_id: string; agent_id: string },
): Promise<Agent> {
  const row = await deps.db.as(actor, (tx) =>
    findAgent(tx, {
      organizationId: actor.organization_id,
      workspaceId: at.workspace_id,
      agentId: at.agent_id,
    }),
  );
  if (!row) throw agentProblem('agent_not_found');
  return presentAgent(row);
}
