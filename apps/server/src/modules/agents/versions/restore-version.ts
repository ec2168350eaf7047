// Restoring a version: the agent becomes what it was, as a new version; nothing of its history is lost.
import { agentVersionProblem } from '@insula/contract/agent-versions';
import { agentProblem } from '@insula/contract/agents';
import type { Actor } from '../../../platform/actor.ts';
import type { AgentDeps } from '../index.ts';
import { writeChange } from '../profiles/change-agent.ts';
import type { Agent } from '../profiles/present-agent.ts';
import { findAgent } from '../profiles/store.ts';
import { listExistingTools } from '../tools/store.ts';
import { listDifferences } from './compare-versions.ts';
import type { VersionAt } from './list-versions.ts';
import { fieldsOf } from './record-version.ts';
import { findVersion } from './store.ts';

/** Restores a version and announces `agent.changed`; throws `agent_version_not_found`, `agent_slug_taken`. Tools that are gone stay gone. */
export async function restoreVersion(deps: AgentDeps, actor: Actor, input: VersionAt): Promise<Agent> {
  const at = {
    organizationId: actor.organization_id,
    workspaceId: input.workspace_id,
    agentId: input.agent_id,
  };
  return writeChange(deps, actor, async (tx) => {
    const agent = await findAgent(tx, at);
    if (!agent) throw agentProblem('agent_not_found');
    const kept = await findVersion(tx, { ...at, version: input.version });
    if (!kept) throw agentVersionProblem('agent_version_not_found', { version: input.version });
    const fields = fieldsOf(kept.fields);
    const tool_ids = await listExistingTools(tx, at, fields.tool_ids);
    const changed = listDifferences(fieldsOf(agent), fields).map(({ field }) => field);
    return { at, change: { ...fields, tool_ids }, changed, restoredFrom: input.version };
  });
}
