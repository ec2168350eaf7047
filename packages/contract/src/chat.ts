// Chat with agents on paper: one engine behind a question in a workspace, the AI SDK's `useChat`, and the bodies of older
// clients. Streams are server-sent events; docs/guides/chat.md has their words.
import { z } from 'zod';
import { conversationPath, endUser, message, sessionId } from './conversations.ts';
import { endpoint } from './endpoint.ts';
import { id } from './fields.ts';
import { problemsOf } from './problem.ts';

export const chatProblems = {
  agent_inactive: {
    status: 409,
    message: 'The agent {name} is switched off. Choose another, or switch it on.',
  },
  no_agent: { status: 404, message: 'This workspace has no active agent. Create one first.' },
  chat_no_model: {
    status: 400,
    message: 'Neither the agent nor the organization names a model. Set model_name, or a default model.',
  },
  message_not_ended: { status: 409, message: 'This answer is still being written. Stop it first.' },
  message_not_continuable: {
    status: 409,
    message: 'There is nothing to go on with: this answer is complete.',
  },
  approval_not_found: { status: 404, message: 'No tool call of this answer waits for that approval.' },
  approval_missing: { status: 409, message: 'Decide every tool call that waits: {waiting}.' },
  too_many_runs: {
    status: 503,
    message: 'Too many answers are being written just now. Try again in a moment.',
  },
  answer_failed: { status: 422, message: 'There is no answer: {reason}' },
  question_missing: { status: 400, message: "The last message must be the person's and hold text." },
} as const;
export const chatProblem = problemsOf(chatProblems);

export const question = z.string().trim().min(1).max(64_000);
export const model = z.string().trim().min(1).max(200);
const stream = z.boolean().default(false);
export const overrides = {
  model: model.optional(),
  temperature: z.number().min(0).max(2).optional(),
  max_tokens: z.int().min(1).max(1_000_000).optional(),
};

/** Where a cited passage stands; `marker` is what the answer calls it, as in `[1]`. */
export const citation = z.object({
  marker: z.int(),
  chunk_id: z.string(),
  document_id: z.string().nullable(),
  title: z.string(),
  page: z.int().nullable(),
  source: z.string().nullable(),
  collection_id: z.string().nullable(),
  text: z.string(),
});

export const chatAnswer = z.object({
  /** The answer's words. */
  answer: z.string(),
  message,
  citations: z.array(citation),
  conversation_id: id,
  session_id: z.string(),
  agent_id: id,
});

const decision = z.strictObject({
  tool_call_id: z.string().min(1).max(200),
  approved: z.boolean(),
  reason: z.string().trim().min(1).max(1_000).optional(),
});
const decisions = z.array(decision).max(50).optional();

const one = '/workspaces/{workspace_id}/conversations/{conversation_id}/messages/{message_id}' as const;
const messagePath = { ...conversationPath, message_id: id };
const mine = { permission: 'ai:query' } as const;
const streams = { ...mine, streams: true } as const;
export const chatTag = 'Chat';
const tag = chatTag;

export const chat = {
  ask: endpoint(
    {
      method: 'POST',
      path: '/workspaces/{workspace_id}/chat',
      summary: 'Ask an agent; streams with `stream: true`',
      tag,
    },
    streams,
  )
    .input(
      z.strictObject({
        workspace_id: id,
        /** Left out: that of the conversation, or the first active one of the workspace. */
        agent_id: id.optional(),
        query: question,
        /** Your own name for the conversation: the same one goes on with it. */
        session_id: sessionId.optional(),
        conversation_id: id.optional(),
        /** The message that the question follows; left out: the last of the branch that is shown. */
        parent_id: id.optional(),
        user: endUser.optional(),
        attachment_ids: z.array(id).max(10).optional(),
        ...overrides,
        stream,
      }),
    )
    .output(chatAnswer),
  regenerate: endpoint(
    { method: 'POST', path: `${one}/regenerate`, summary: 'Answer again, beside the answer there is', tag },
    streams,
  )
    .input(z.strictObject({ ...messagePath, ...overrides, stream }))
    .output(chatAnswer),
  continue: endpoint(
    {
      method: 'POST',
      path: `${one}/continue`,
      summary: 'Go on with an answer that was interrupted, stopped or failed, or that waits for approvals',
      tag,
    },
    streams,
  )
    .input(z.strictObject({ ...messagePath, approvals: decisions, stream }))
    .output(chatAnswer),
  stop: endpoint(
    { method: 'POST', path: `${one}/stop`, summary: 'Stop an answer; what was said stays', tag },
    mine,
  )
    .input(z.strictObject(messagePath))
    .output(z.object({ id, stopping: z.boolean() })),
  follow: endpoint(
    {
      method: 'GET',
      path: `${one}/stream`,
      summary: 'Follow an answer that is being written, from the event after `Last-Event-ID` on',
      tag,
    },
    streams,
  )
    .input(z.strictObject({ ...messagePath, format: z.enum(['events', 'ui']).default('events') }))
    .output(chatAnswer),
};

/** What the AI SDK's `useChat` sends to its `api` address, and where it looks for a stream to resume. */
export const uiChat = {
  send: endpoint(
    {
      method: 'POST',
      path: '/workspaces/{workspace_id}/agents/{agent_id}/chat',
      summary: "Chat in the AI SDK's UI message stream protocol: the `api` of `useChat`",
      tag,
    },
    streams,
  )
    .input(
      z.strictObject({
        workspace_id: id,
        agent_id: id,
        /** The chat's id at the client: the session. */
        id: sessionId,
        /** Only the last one is read; the others are known here. */
        messages: z
          .array(z.record(z.string().max(200), z.unknown()))
          .min(1)
          .max(2_000),
        trigger: z.enum(['submit-message', 'regenerate-message']).default('submit-message'),
        messageId: z.string().max(200).nullish(),
      }),
    )
    .output(chatAnswer),
  resume: endpoint(
    {
      method: 'GET',
      path: '/workspaces/{workspace_id}/agents/{agent_id}/chat/{session_id}/stream',
      summary: 'Resume the stream of a chat of `useChat`; 204 when nothing is being written',
      tag,
    },
    streams,
  )
    .input(z.strictObject({ workspace_id: id, agent_id: id, session_id: sessionId }))
    .output(chatAnswer),
};
