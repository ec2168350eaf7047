// What agents do when the modules above tell of a change, in the same transaction: a new organization starts with an agent, and
// a replaced API key passes its conversations on.
import { DEFAULT_AGENT, DEFAULT_ORGANIZATION } from '../tenancy/index.ts';
import { passOn } from './conversations/store.ts';
import type { AgentDeps } from './index.ts';
import { insertAgent } from './profiles/create-agent.ts';

/** Makes the default agent on `workspace.created` of a default workspace; passes conversations on with `api_key.rotated`. */
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
  deps.events.on('api_key.rotated', async (tx, actor, event) => {
    const { workspace_id: workspaceId, subject_id: from } = event;
    const to = event.details?.replaced_by;
    if (!workspaceId || typeof to !== 'string') return;
    await passOn(tx, { organizationId: actor.organization_id, workspaceId, from, to });
  });
}
