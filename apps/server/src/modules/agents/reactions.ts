// A new organization starts with an agent, in the transaction that makes its default workspace.
import { DEFAULT_AGENT, DEFAULT_ORGANIZATION } from '../tenancy/index.ts';
import type { AgentDeps } from './index.ts';
import { insertAgent } from './profiles/create-agent.ts';

/** Makes the default agent when `workspace.created` tells of an organization's default workspace. */
export function registerAgentReactions(deps: Pick<AgentDeps, 'events' | 'clock'>): void {
  deps.events.on('workspace.created', async (tx, actor, event) => {
    if (event.details?.default !== true) return;
    const wellKnown = actor.organization_id === DEFAULT_ORGANIZATION ? { id: DEFAULT_AGENT } : {};
    const input = {
      ...wellKnown,
      workspace_id: event.subject_id,
      name: 'Assistant',
      slug: 'assistant',
      description: 'Answers with what this workspace knows.',
      system_prompt: '',
      model_provider: null,
      model_name: null,
      temperature: 0.7,
      enabled_tools: ['vector_search', 'hybrid_search'],
      tool_config: {},
      tool_ids: [],
      personality: {},
      is_active: true,
    };
    await insertAgent(tx, { deps, actor, input });
  });
}
