// Deleting an agent.
import { agentProblem } from '@insula/contract/agents';
import type { Actor } from '../../../platform/actor.ts';
import type { AgentDeps } from '../index.ts';
import { deleteAgent } from './store.ts';

/** Deletes the agent and announces `agent.removed`; throws `agent_not_found`. */
export async function removeAgent(
  deps: AgentDeps,
  actor: Actor,
  input: { workspace_id: string; agent_id: string },
): Promise<{ id: string; deleted: true }> {
  const { workspace_id: workspaceId, agent_id: agentId } = input;
  return deps.db.as(actor, async (tx) => {
    const gone = await deleteAgent(tx, { organizationId: actor.organization_id, workspaceId, agentId });
    if (!gone) throw agentProblem('agent_not_found');
    await deps.events.announce(tx, actor, {
      type: 'agent.removed',
      subject_type: 'agent',
      subject_id: agentId,
      workspace_id: workspaceId,
      details: gone,
    });
    return { id: agentId, deleted: true };
  });
}
