// A question to an organization: its default workspace, that workspace's first agent, in the spelling of older clients.
import type { Actor } from '../../../platform/actor.ts';
import { askAgent } from '../chat/ask-agent.ts';
import type { ChatDeps } from '../chat/chat-deps.ts';
import { presentAnswer } from '../chat/present-answer.ts';
import { refuseFailed } from './answer-simple-chat.ts';
import { findHomeWorkspace } from './find-home-workspace.ts';

export type Query = {
  userId?: string | undefined;
  sessionId?: string | undefined;
  conversationId?: string | undefined;
  content: string;
  options?: { modelOverride?: string | undefined; customInstructions?: string[] | undefined } | undefined;
};

/** Answers the question; the conversation is that of `conversationId`, or else of `sessionId`, under `userId`. */
export async function answerQuery(deps: ChatDeps, actor: Actor, input: Query) {
  const workspace_id = await findHomeWorkspace(deps, actor, 'ai:query');
  const { modelOverride: model, customInstructions: instructions = [] } = input.options ?? {};
  const session_id = input.conversationId ?? input.sessionId;
  const answered = await askAgent(deps, actor, {
    question: { workspace_id, query: input.content, session_id, user: input.userId, model },
    wish: { model, instructions },
  });
  const {
    message,
    answer,
    citations,
    conversation_id,
    session_id: session,
  } = await presentAnswer(deps, answered);
  refuseFailed(message);
  const { usage } = message;
  return {
    id: message.id,
    content: answer,
    conversationId: input.conversationId ?? conversation_id,
    sessionId: input.sessionId ?? session,
    model: message.model,
    usage: {
      inputTokens: usage.input_tokens,
      outputTokens: usage.output_tokens,
      costMicros: usage.cost_micros,
    },
    latencyMs: message.latency_ms ?? 0,
    citations,
  };
}
