// Changing an agent: only what is given, and never its workspace. Each change is a version.
import { agentProblem } from '@insula/contract/agents';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { AgentDeps } from '../index.ts';
import { assertToolsExist } from '../tools/assert-tools-exist.ts';
import { recordVersion } from '../versions/record-version.ts';
import { type Agent, presentAgent } from './present-agent.ts';
import { type AgentRow, type Place, updateAgent } from './store.ts';

type Changeable = Omit<
  AgentRow,
  'organization_id' | 'workspace_id' | 'id' | 'created_at' | 'updated_at' | 'version' | 'template'
>;
export type AgentChange = { workspace_id: string; agent_id: string } & {
  [K in keyof Changeable]?: Changeable[K] | undefined;
};
/** A change that is ready to be written. */
export type PlannedChange = {
  at: Place & { agentId: string };
  change: Partial<Changeable>;
  changed: string[];
  restoredFrom?: number;
};

/** Changes what is given and announces `agent.changed`; throws `agent_not_found`, `agent_slug_taken`, `agent_tool_unknown`. */
export async function changeAgent(deps: AgentDeps, actor: Actor, input: AgentChange): Promise<Agent> {
  const { workspace_id: workspaceId, agent_id: agentId, ...given } = input;
  const change = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const at = { organizationId: actor.organization_id, workspaceId, agentId };
  return writeChange(deps, actor, async (tx) => {
    await assertToolsExist(tx, at, input.tool_ids ?? []);
    return { at, change, changed: Object.keys(change) };
  });
}

/** Writes what `plan` decides inside the transaction, its version and its event. */
export async function writeChange(
  deps: AgentDeps,
  actor: Actor,
  plan: (tx: TenantTx) => Promise<PlannedChange>,
): Promise<Agent> {
  let slug: string | undefined;
  const write = async (tx: TenantTx) => {
    const { at, change, changed, restoredFrom } = await plan(tx);
    slug = change.slug;
    const row = await updateAgent(tx, at, { ...change, updated_at: new Date(deps.clock.now()) });
    if (!row) throw agentProblem('agent_not_found');
    const restored = restoredFrom === undefined ? {} : { restoredFrom };
    await recordVersion(tx, actor, { row, changed, ...restored });
    await deps.events.announce(tx, actor, {
      type: 'agent.changed',
      subject_type: 'agent',
      subject_id: row.id,
      workspace_id: row.workspace_id,
      details: {
        fields: changed,
        version: row.version,
        ...(restoredFrom ? { restored_from: restoredFrom } : {}),
      },
    });
    return presentAgent(row);
  };
  return deps.db.as(actor, write).catch((error: { constraint?: string }) => {
    // The table's own rule decides, so that two changes at once cannot both take the slug.
    if (error.constraint?.endsWith('slug_key')) throw agentProblem('agent_slug_taken', { slug });
    throw error;
  });
}
