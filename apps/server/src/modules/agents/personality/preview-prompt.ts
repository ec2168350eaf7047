// The preview: what a model would get as system prompt, with changes that are not saved yet.
import { agentProblem } from '@insula/contract/agents';
import type { Personality } from '@insula/contract/personality';
import type { Actor } from '../../../platform/actor.ts';
import type { AgentDeps } from '../index.ts';
import { presentAgent } from '../profiles/present-agent.ts';
import { findAgent } from '../profiles/store.ts';
import { type Composed, composePrompt } from './compose-prompt.ts';

export type Preview = {
  workspace_id: string;
  agent_id: string;
  name?: string | undefined;
  system_prompt?: string | undefined;
  personality?: Personality | undefined;
};

/** The composed prompt of the agent, with what is given in place of what is saved; throws `agent_not_found`. */
export async function previewPrompt(deps: AgentDeps, actor: Actor, input: Preview): Promise<Composed> {
  const at = {
    organizationId: actor.organization_id,
    workspaceId: input.workspace_id,
    agentId: input.agent_id,
  };
  const row = await deps.db.as(actor, (tx) => findAgent(tx, at));
  if (!row) throw agentProblem('agent_not_found');
  const saved = presentAgent(row);
  return composePrompt({
    name: input.name ?? saved.name,
    system_prompt: input.system_prompt ?? saved.system_prompt,
    personality: input.personality ?? saved.personality,
  });
}
