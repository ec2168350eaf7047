// An agent is made in a workspace, under a slug that is free there.
import { agentProblem } from '@insula/contract/agents';
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import { toSlug } from '../../../platform/to-slug.ts';
import type { AgentDeps } from '../index.ts';
import { assertToolsExist } from '../tools/assert-tools-exist.ts';
import { recordVersion } from '../versions/record-version.ts';
import { type Agent, presentAgent } from './present-agent.ts';
import { type AgentRow, addAgent, holdWorkspace } from './store.ts';

type Given = Omit<
  AgentRow,
  'organization_id' | 'id' | 'slug' | 'version' | 'template' | 'created_at' | 'updated_at'
>;
export type NewAgent = Given & {
  id?: string;
  slug?: string | undefined;
  template?: string | null;
};

/** Makes an agent and announces `agent.created`; throws `agent_slug_taken`, `workspace_not_found`, `agent_tool_unknown`. */
export async function createAgent(
  deps: Pick<AgentDeps, 'db' | 'events' | 'clock'>,
  actor: Actor,
  input: NewAgent,
): Promise<Agent> {
  return deps.db.as(actor, async (tx) => {
    const at = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
    if (!(await holdWorkspace(tx, at))) throw tenancyProblem('workspace_not_found');
    await assertToolsExist(tx, at, input.tool_ids);
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
    template: input.template ?? null,
  });
  if (!row) throw agentProblem('agent_slug_taken', { slug });
  await recordVersion(tx, actor, { row, changed: [] });
  await deps.events.announce(tx, actor, {
    type: 'agent.created',
    subject_type: 'agent',
    subject_id: row.id,
    workspace_id: row.workspace_id,
    details: { name: row.name, slug, ...(row.template ? { template: row.template } : {}) },
  });
  return row;
}
