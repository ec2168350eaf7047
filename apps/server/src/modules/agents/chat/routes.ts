// Endpoint → verb, for chat in all its bodies.
import type { chat, uiChat } from '@insula/contract/chat';
import type { simpleChat } from '@insula/contract/simple-chat';
import type { RoutesOf } from '../../../platform/http/mount-contract.ts';
import { streamed } from '../../../platform/http/streamed.ts';
import { listChatModels } from '../../gateway/index.ts';
import type { Agents } from '../create-agents.ts';
import { writeStream } from '../runs/write-stream.ts';
import { answerQuery } from '../surfaces/answer-query.ts';
import {
  answerSimpleChat,
  getSimpleConversation,
  listSimpleConversations,
} from '../surfaces/answer-simple-chat.ts';
import { answerUiChat } from '../surfaces/answer-ui-chat.ts';
import { findHomeWorkspace } from '../surfaces/find-home-workspace.ts';
import { type Answered, askAgent, continueAnswer, regenerateAnswer } from './ask-agent.ts';
import { followAnswer, resumeSession, stopAnswer } from './follow-answer.ts';
import { presentAnswer } from './present-answer.ts';

type Endpoints = { chat: typeof chat; uiChat: typeof uiChat; simpleChat: typeof simpleChat };
type Overrides = {
  model?: string | undefined;
  temperature?: number | undefined;
  max_tokens?: number | undefined;
};

const wishOf = ({ model, temperature, max_tokens: maxTokens }: Overrides) => ({
  model,
  temperature,
  maxTokens,
});

/** The endpoints of chat. */
export function chatRoutes({ deps }: Agents): RoutesOf<Endpoints> {
  const answer = (answered: Answered, stream: boolean) =>
    stream ? writeStream(answered.run, 'events') : presentAnswer(deps, answered);
  return {
    chat: {
      ask: async ({ actor }, { stream, ...input }) =>
        answer(await askAgent(deps, actor, { question: input, wish: wishOf(input) }), stream),
      regenerate: async ({ actor }, { stream, ...input }) =>
        answer(await regenerateAnswer(deps, actor, { at: input, wish: wishOf(input) }), stream),
      continue: async ({ actor }, { stream, approvals = [], ...at }) =>
        answer(await continueAnswer(deps, actor, { at, decisions: approvals }), stream),
      stop: ({ actor }, input) => stopAnswer(deps, actor, input),
      follow: ({ actor }, input) => followAnswer(deps, actor, input),
    },
    uiChat: {
      send: ({ actor }, input) => answerUiChat(deps, actor, input),
      resume: async ({ actor }, input) => (await resumeSession(deps, actor, input)) ?? nothing(),
    },
    simpleChat: {
      send: ({ actor }, input) => answerSimpleChat(deps, actor, input),
      conversations: ({ actor }, input) => listSimpleConversations(deps, actor, input),
      conversation: ({ actor }, input) => getSimpleConversation(deps, actor, input),
      models: async ({ actor }) =>
        listChatModels(deps.gateway, actor, await findHomeWorkspace(deps, actor, 'models:read')),
      query: ({ actor }, input) => answerQuery(deps, actor, input),
    },
  };
}

/** 204: there is nothing to resume. */
function nothing(): never {
  return streamed(async (_request, reply) => reply.code(204).send());
}
