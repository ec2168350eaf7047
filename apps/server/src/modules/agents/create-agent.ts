// An agent is made in a workspace, under a slug that is free there.
import { agentProblem } from '@insula/contract/agents';
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../platform/actor.ts';
import type { TenantTx } from '../../platform/db/door.ts';
import { newId } from '../../platform/ids.ts';
import { toSlug } from '../../platform/to-slug.ts';
import type { AgentDeps } from './index.ts';
import { type Agent, presentAgent } from './present-agent.ts';
import { type AgentRow, addAgent, holdWorkspace } from './store.ts';

export type NewAgent = Omit<AgentRow, 'organization_id' | 'id' | 'slug' | 'created_at' | 'updated_at'> & {
  id?: string;
  slug?: string | undefined;
};

/** Makes an agent and announces `agent.created`; throws `agent_slug_taken`, `workspace_not_found`. */
export async function createAgent(deps: AgentDeps, actor: Actor, input: NewAgent): Promise<Agent> {
  return deps.db.as(actor, async (tx) => {
    const at = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
    if (!(await holdWorkspace(tx, at))) throw tenancyProblem('workspace_not_found');
    return presentAgent(await insertAgent(tx, { deps, actor, input }));
  });
}

/** The insertion itself, for transactions that are already open. */
export async function insertAgent(
  tx: TenantTx,
  at: { deps: Pick<AgentDeps, 'events' | 'clock'>; actor: Actor; input: NewAgent },
): Promise<AgentRow> {
  const { deps, actor, input } = at;
  const slug = input.slug ?? toSlug(input.name, 'agent');
  const row = await addAgent(tx, {
    ...input,
    organization_id: actor.organization_id,
    id: input.id ?? newId(deps.clock.now()),
    slug,
  });
  if (!row) throw agentProblem('agent_slug_taken', { slug });
  await deps.events.announce(tx, actor, {
    type: 'agent.created',
    subject_type: 'agent',
    subject_id: row.id,
    workspace_id: row.workspace_id,
    details: { name: row.name, slug },
  });
  return row;
}
