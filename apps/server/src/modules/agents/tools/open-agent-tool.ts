// A tool that is another agent of the workspace: it answers a question by itself, within the same bounds of time and cost, with
// the same asker's rights, and without the conversation.
import type { AgentSettings } from '@insula/contract/agent-tools';
import { AnswerFailure } from '../chat/call-model.ts';
import { type Conversing, converseWithModel } from '../chat/converse-with-model.ts';
import { composePrompt } from '../personality/compose-prompt.ts';
import { presentAgent } from '../profiles/present-agent.ts';
import { type AgentRow, findAgent } from '../profiles/store.ts';
import { modelOf } from '../prompting/model-of.ts';
import { readToolConfig } from '../prompting/read-tool-config.ts';
import { questionMessage, systemMessage } from '../prompting/system-message.ts';
import { type Loading, loadTools, type Tool } from './load-tools.ts';
import type { ToolRow } from './store.ts';

/** Agents that may stand above one another in an answer. */
const DEPTH_MAX = 3;

/** Opens the tool; none when the agent is gone, is switched off, or stands too deep. */
export async function openAgentTool(loading: Loading, row: ToolRow): Promise<Tool[]> {
  const { deps, actor, agent, depth } = loading;
  const { agent_id: agentId } = row.settings as unknown as AgentSettings;
  if (depth >= DEPTH_MAX || agentId === agent.id) return [];
  const at = { organizationId: actor.organization_id, workspaceId: agent.workspace_id, agentId };
  const other = await deps.db.as(actor, (tx) => findAgent(tx, at));
  if (!other?.is_active) return [];
  return [
    {
      name: row.name,
      description: row.description || `Asks the agent ${other.name}. ${other.description}`,
      parameters: {
        type: 'object',
        properties: { question: { type: 'string', minLength: 1, maxLength: 16_000 } },
        required: ['question'],
        additionalProperties: false,
      },
      requiresApproval: row.requires_approval,
      call: (input, talk) => askOther(loading, talk, { other, question: String(input.question) }),
    },
  ];
}

async function askOther(
  loading: Loading,
  talk: Conversing,
  { other, question }: { other: AgentRow; question: string },
): Promise<string> {
  const config = { ...readToolConfig(other.tool_config), max_cost_micros: talk.config.max_cost_micros };
  const own = { ...config, retrieval: config.retrieval === 'off' ? ('off' as const) : ('tools' as const) };
  const tools = await loadTools({ ...loading, agent: other, config: own, depth: loading.depth + 1 });
  const { name, system_prompt, personality } = presentAgent(other);
  const { system_prompt: composed } = composePrompt({ name, system_prompt, personality });
  let answer = '';
  const outcome = await converseWithModel({
    ...talk,
    agent: other,
    model: modelOf(other),
    temperature: undefined,
    maxTokens: undefined,
    config: own,
    tools,
    takeNumbers() {},
    messages: [systemMessage(composed, { passages: tools.length > 0 }), questionMessage(question)],
    emit(event) {
      if (event.type === 'start-step') answer = '';
      if (event.type === 'text-delta') answer += String(event.delta);
    },
  });
  if (outcome === 'waiting') throw new AnswerFailure('approval_needed', 'It needs an approval to go on.');
  return answer;
}
