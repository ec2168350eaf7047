// An agent addressed as a model by OpenAI's clients: `agent:<slug>` on chat completions, streamed or whole. The client brings
// the conversation, so nothing of it is kept here; tools that need an approval are not offered, for nobody could give it.
import { problem } from '@insula/contract';
import { agentProblem } from '@insula/contract/agents';
import { chatProblem } from '@insula/contract/chat';
import type { FastifyReply } from 'fastify';
import { type Actor, actorMay } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import type { AgentCall } from '../../gateway/index.ts';
import { AnswerFailure, nothingSpent } from '../chat/call-model.ts';
import type { ChatDeps } from '../chat/chat-deps.ts';
import { type Conversing, converseWithModel } from '../chat/converse-with-model.ts';
import { composePrompt } from '../personality/compose-prompt.ts';
import { presentAgent } from '../profiles/present-agent.ts';
import { type AgentRow, findAgentBySlug } from '../profiles/store.ts';
import { collectPassages } from '../prompting/collect-passages.ts';
import { modelOf } from '../prompting/model-of.ts';
import { readToolConfig } from '../prompting/read-tool-config.ts';
import { type ModelMessage, questionMessage, systemMessage } from '../prompting/system-message.ts';
import { loadTools } from '../tools/load-tools.ts';

type Told = (delta: string) => void;
type Answer = { text: string; talk: Conversing; citations: unknown[] };

const MESSAGES_MAX = 500;

/** Answers the call in OpenAI's shape; throws what is wrong as long as nothing was sent. */
export async function answerAsModel(deps: ChatDeps, call: AgentCall): Promise<FastifyReply> {
  const { principal, reply, body } = call;
  const { actor, workspace_id: workspaceId } = principal;
  if (!actor || !actorMay(actor, 'ai:query', workspaceId))
    throw problem('forbidden', { permission: 'ai:query' });
  const at = { organizationId: actor.organization_id, workspaceId, slug: call.slug.slice(0, 63) };
  const agent = await deps.db.as(actor, (tx) => findAgentBySlug(tx, at));
  if (!agent) throw agentProblem('agent_not_found');
  if (!agent.is_active) throw chatProblem('agent_inactive', { name: agent.name });
  const leaving = new AbortController();
  reply.raw.once('close', () => leaving.abort('stopped'));
  const { timeout_ms } = readToolConfig(agent.tool_config);
  const signal = AbortSignal.any([leaving.signal, AbortSignal.timeout(timeout_ms)]);
  const answer = (tell: Told) =>
    speak(deps, { ...{ actor, agent, signal, tell }, messages: readMessages(body) });
  return body.stream === true ? writeChunks(call, answer) : writeWhole(call, answer);
}

function readMessages(body: Record<string, unknown>): ModelMessage[] {
  const given = Array.isArray(body.messages) ? (body.messages as unknown[]) : [];
  const messages = given.slice(-MESSAGES_MAX).flatMap((one): ModelMessage[] => {
    const { role, content } = (one ?? {}) as { role?: unknown; content?: unknown };
    if (role !== 'user' && role !== 'assistant' && role !== 'system' && role !== 'developer') return [];
    return [{ role: role === 'developer' ? 'system' : role, content: textOf(content) }];
  });
  if (messages.findLast(({ role }) => role === 'user') === undefined) throw chatProblem('question_missing');
  return messages;
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: { text?: unknown }) => (typeof part?.text === 'string' ? part.text : ''))
    .join('\n');
}

type Speaking = { actor: Actor; agent: AgentRow; signal: AbortSignal; tell: Told; messages: ModelMessage[] };

async function speak(deps: ChatDeps, { actor, agent, signal, tell, messages }: Speaking): Promise<Answer> {
  const config = readToolConfig(agent.tool_config);
  const passages = collectPassages();
  const tools = await loadTools({ deps, actor, agent, config, passages, depth: 1, signal });
  const { name, system_prompt, personality } = presentAgent(agent);
  const composed = composePrompt({ name, system_prompt, personality }).system_prompt;
  const instructions = messages.filter(({ role }) => role === 'system').map(({ content }) => String(content));
  const said = messages.filter(({ role }) => role !== 'system');
  const last = said.findLastIndex(({ role }) => role === 'user');
  const question = String(said[last]!.content);
  const mode = ['hybrid', 'vector', 'graph'].find((one) => agent.enabled_tools.includes(`${one}_search`));
  const wish = { workspaceId: agent.workspace_id, query: question.slice(0, 2_000), mode: mode as 'hybrid' };
  const isUpfront = mode !== undefined && config.retrieval === 'upfront' && question.trim() !== '';
  const found = isUpfront ? await deps.searchKnowledge(actor, { ...wish, limit: config.top_k, signal }) : [];
  let text = '';
  const talk: Conversing = {
    ...{ deps, actor, agent, config, tools, signal, spent: nothingSpent(), runId: newId() },
    ...{ model: modelOf(agent), temperature: undefined, maxTokens: undefined },
    messages: [
      systemMessage(composed, { passages: found.length > 0 || tools.length > 0 }, instructions),
      ...said.slice(0, last),
      questionMessage(question, passages.add(found)),
      ...said.slice(last + 1),
    ],
    emit(event) {
      if (event.type !== 'text-delta') return;
      text += String(event.delta);
      tell(String(event.delta));
    },
    takeNumbers: passages.takeNumbers,
  };
  await converseWithModel(talk);
  const citations = passages.listCited(text).map(({ title, providerMetadata }) => ({
    ...(providerMetadata as { insula: object }).insula,
    title,
  }));
  return { text, talk, citations };
}

type Speak = (tell: Told) => Promise<Answer>;

const usageOf = ({ spent }: Conversing) => ({
  prompt_tokens: spent.inputTokens,
  completion_tokens: spent.outputTokens,
  total_tokens: spent.inputTokens + spent.outputTokens,
});

const headOf = ({ request, slug }: AgentCall, object: string) => ({
  ...{
    id: `chatcmpl-${request.id}`,
    object,
    created: Math.floor(Date.now() / 1_000),
    model: `agent:${slug}`,
  },
});

async function writeWhole(call: AgentCall, speaking: Speak): Promise<FastifyReply> {
  const { text, talk, citations } = await speaking(() => {}).catch(asProblem);
  const message = { role: 'assistant', content: text };
  return call.reply.type('application/json').send({
    ...headOf(call, 'chat.completion'),
    choices: [{ index: 0, message, finish_reason: 'stop', logprobs: null }],
    usage: usageOf(talk),
    insula: { citations },
  });
}

/** Before the first word a failure is an answer of its own; after it, an event of the stream. */
async function writeChunks(call: AgentCall, speaking: Speak): Promise<FastifyReply> {
  const { reply } = call;
  const { raw } = reply;
  const head = headOf(call, 'chat.completion.chunk');
  const write = (value: object) => void raw.write(`data: ${JSON.stringify({ ...head, ...value })}\n\n`);
  const chunk = (delta: object, finish_reason: string | null = null) =>
    write({ choices: [{ index: 0, delta, finish_reason }] });
  const begin = () => {
    if (raw.headersSent) return;
    const kept = Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]);
    reply.hijack();
    raw.writeHead(200, { ...Object.fromEntries(kept), 'content-type': 'text/event-stream; charset=utf-8' });
    chunk({ role: 'assistant', content: '' });
  };
  try {
    const { talk, citations } = await speaking((delta) => {
      begin();
      chunk({ content: delta });
    });
    begin();
    chunk({}, 'stop');
    write({ choices: [], usage: usageOf(talk), insula: { citations } });
  } catch (error) {
    if (!raw.headersSent) asProblem(error as Error);
    raw.write(
      `data: ${JSON.stringify({ error: { message: (error as Error).message, type: 'server_error' } })}\n\n`,
    );
  }
  raw.end('data: [DONE]\n\n');
  return reply;
}

function asProblem(error: Error): never {
  if (error instanceof AnswerFailure)
    throw problem('unavailable', { reason: error.code, detail: error.message });
  throw error;
}
