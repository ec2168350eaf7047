// Changing an agent: only what is given, and never its workspace.
import { agentProblem } from '@insula/contract/agents';
import type { Actor } from '../../platform/actor.ts';
import type { TenantTx } from '../../platform/db/door.ts';
import type { AgentDeps } from './index.ts';
import { type Agent, presentAgent } from './present-agent.ts';
import { type AgentRow, updateAgent } from './store.ts';

type Changeable = Omit<AgentRow, 'organization_id' | 'workspace_id' | 'id' | 'created_at' | 'updated_at'>;
export type AgentChange = { workspace_id: string; agent_id: string } & {
  [K in keyof Changeable]?: Changeable[K] | undefined;
};

/** Changes what is given and announces `agent.changed`; throws `agent_not_found`, `agent_slug_taken`. */
export async function changeAgent(deps: AgentDeps, actor: Actor, input: AgentChange): Promise<Agent> {
  const { workspace_id: workspaceId, agent_id: agentId, ...given } = input;
  const change = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const write = async (tx: TenantTx) => {
    const at = { organizationId: actor.organization_id, workspaceId, agentId };
    const row = await updateAgent(tx, at, { ...change, updated_at: new Date(deps.clock.now()) });
    if (!row) throw agentProblem('agent_not_found');
    await deps.events.announce(tx, actor, {
      type: 'agent.changed',
      subject_type: 'agent',
      subject_id: agentId,
      workspace_id: workspaceId,
      details: { fields: Object.keys(change) },
    });
    return presentAgent(row);
  };
  return deps.db.as(actor, write).catch((error: { constraint?: string }) => {
    // The table's own rule decides, so that two changes at once cannot both take the slug.
    if (error.constraint?.endsWith('slug_key')) throw agentProblem('agent_slug_taken', { slug: input.slug });
    throw error;
  });
}
