// An agent from the gallery: made in the workspace like any other, with the template's fields.
import { agentVersionProblem } from '@insula/contract/agent-versions';
import type { Actor } from '../../../platform/actor.ts';
import type { AgentDeps } from '../index.ts';
import { createAgent } from '../profiles/create-agent.ts';
import type { Agent } from '../profiles/present-agent.ts';
import { agentTemplates } from './agent-templates.ts';

/** Makes an agent from a template; throws `agent_template_not_found`, and what `createAgent` throws. */
export async function useTemplate(
  deps: AgentDeps,
  actor: Actor,
  input: {
    workspace_id: string;
    template: string;
    name?: string | undefined;
    slug?: string | undefined;
  },
): Promise<Agent> {
  const found = agentTemplates.find((one) => one.template === input.template);
  if (!found) throw agentVersionProblem('agent_template_not_found');
  return createAgent(deps, actor, {
    ...found.fields,
    workspace_id: input.workspace_id,
    name: input.name ?? found.title,
    slug: input.slug,
    description: found.description,
    model_provider: null,
    model_name: null,
    tool_ids: [],
    is_active: true,
    template: found.template,
  });
}
