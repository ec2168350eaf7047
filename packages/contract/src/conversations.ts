// Conversations on paper: what was said to agents and answered. They belong to whoever began them; nobody else sees them,
// workspace administrators neither, unless a link was given.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, moment, pageOf, pageQuery } from './fields.ts';
import { problemsOf } from './problem.ts';

export const conversationProblems = {
  conversation_not_found: { status: 404, message: 'You have no such conversation in this workspace.' },
  message_not_found: { status: 404, message: 'There is no such message in this conversation.' },
  conversation_full: {
    status: 409,
    message: 'A conversation holds at most {limit} messages. Begin a new one.',
  },
  conversation_session_taken: {
    status: 409,
    message: 'You have a conversation with this session_id already. Choose another, or go on with that one.',
  },
  attachment_not_found: { status: 404, message: 'There is no such attachment in this conversation.' },
  too_many_attachments: { status: 409, message: 'A conversation holds at most {limit} attachments.' },
  conversation_empty: { status: 409, message: 'Nothing was said in this conversation yet.' },
  share_not_found: {
    status: 404,
    message: 'This link leads to nothing: it was withdrawn, has expired, or never was.',
  },
  too_many_shares: { status: 409, message: 'A conversation has at most {limit} links. Withdraw one first.' },
} as const;
export const conversationProblem = problemsOf(conversationProblems);

const title = z.string().trim().min(1).max(200);
/** The asker's own name for a conversation. */
export const sessionId = z.string().trim().min(1).max(200);
/** For whom a program asks, in its own words. */
export const endUser = z.string().trim().min(1).max(512);

export const messageStatuses = ['streaming', 'waiting', 'done', 'stopped', 'interrupted', 'failed'] as const;

const feedback = z.object({
  rating: z.enum(['up', 'down']).nullable(),
  reason: z.string().nullable(),
  satisfaction: z.int().nullable(),
  rated_at: moment,
});

/** A message; `parts` are those of the AI SDK's UI messages. */
export const message = z.object({
  id,
  parent_id: id.nullable(),
  /** All messages that follow the same parent, this one included, oldest first: the branches. */
  siblings: z.array(id),
  role: z.enum(['user', 'assistant']),
  parts: z.array(z.looseObject({ type: z.string() })),
  status: z.enum(messageStatuses),
  agent_id: id.nullable(),
  agent_version: z.int().nullable(),
  model: z.string().nullable(),
  provider: z.string().nullable(),
  usage: z.object({
    input_tokens: z.int(),
    output_tokens: z.int(),
    calls: z.int(),
    cost_micros: z.int(),
    currency: z.string().nullable(),
  }),
  latency_ms: z.int().nullable(),
  first_token_ms: z.int().nullable(),
  error: z.object({ code: z.string(), detail: z.string() }).nullable(),
  feedback: feedback.nullable(),
  created_at: moment,
});

export const conversation = z.object({
  id,
  workspace_id: id,
  agent_id: id.nullable(),
  session_id: z.string(),
  /** For clients that know conversations by a number. */
  number: z.int(),
  user: z.string().nullable(),
  title: z.string(),
  active_message_id: id.nullable(),
  message_count: z.int(),
  created_at: moment,
  updated_at: moment,
});

const attachment = z.object({
  id,
  name: z.string(),
  media_type: z.string(),
  bytes: z.int(),
  created_at: moment,
});

const workspacePath = { workspace_id: id };
export const conversationPath = { ...workspacePath, conversation_id: id };
const all = '/workspaces/{workspace_id}/conversations' as const;
export const oneConversation = `${all}/{conversation_id}` as const;
const one = oneConversation;
const mine = { permission: 'ai:query' } as const;
const tag = 'Conversations';
const messagePage = z.object({ data: z.array(message), next_cursor: z.string().nullable() });
const removed = z.object({ id, deleted: z.literal(true) });

export const conversations = {
  list: endpoint(
    {
      method: 'GET',
      path: all,
      summary: 'List your conversations, latest activity first; or search them',
      tag,
    },
    mine,
  )
    .input(
      pageQuery.extend({
        ...workspacePath,
        agent_id: id.optional(),
        user: endUser.optional(),
        /** Words that title or messages contain, all of them; looked for in your 1,000 latest conversations. */
        query: z.string().trim().min(1).max(200).optional(),
      }),
    )
    .output(pageOf(conversation)),
  create: endpoint({ method: 'POST', path: all, summary: 'Begin a conversation', tag, status: 201 }, mine)
    .input(
      z.strictObject({
        ...workspacePath,
        agent_id: id.optional(),
        session_id: sessionId.optional(),
        user: endUser.optional(),
        title: title.optional(),
      }),
    )
    .output(conversation),
  get: endpoint(
    {
      method: 'GET',
      path: one,
      summary: 'Read a conversation with the newest messages of its active branch, newest first',
      tag,
    },
    mine,
  )
    .input(
      z.strictObject({ ...conversationPath, limit: z.coerce.number().int().min(1).max(100).default(50) }),
    )
    .output(conversation.extend({ messages: messagePage })),
  change: endpoint(
    { method: 'PATCH', path: one, summary: 'Rename a conversation, or choose the branch that is shown', tag },
    mine,
  )
    .input(
      z.strictObject({
        ...conversationPath,
        title: title.optional(),
        active_message_id: id.optional(),
        agent_id: id.optional(),
      }),
    )
    .output(conversation),
  remove: endpoint(
    {
      method: 'DELETE',
      path: one,
      summary: 'Delete a conversation with all its messages, files and links',
      tag,
    },
    mine,
  )
    .input(z.strictObject(conversationPath))
    .output(removed),
  messages: endpoint(
    {
      method: 'GET',
      path: `${one}/messages`,
      summary: 'List the messages of a branch, newest first; the active branch unless `leaf` is given',
      tag,
    },
    mine,
  )
    .input(pageQuery.extend({ ...conversationPath, leaf: id.optional() }))
    .output(messagePage),
  rate: endpoint(
    {
      method: 'PUT',
      path: `${one}/messages/{message_id}/feedback`,
      summary: 'Say what you think of an answer: thumbs, a reason, satisfaction from 1 to 5',
      tag,
    },
    mine,
  )
    .input(
      z.strictObject({
        ...conversationPath,
        message_id: id,
        rating: z.enum(['up', 'down']).nullable().default(null),
        reason: z.string().trim().min(1).max(2_000).nullable().default(null),
        satisfaction: z.int().min(1).max(5).nullable().default(null),
      }),
    )
    .output(message),
  export: endpoint(
    {
      method: 'GET',
      path: `${one}/export`,
      summary: 'The whole conversation as one text: Markdown of the active branch, or JSON of all branches',
      tag,
    },
    mine,
  )
    .input(z.strictObject({ ...conversationPath, format: z.enum(['markdown', 'json']).default('markdown') }))
    .output(
      z.object({
        file_name: z.string(),
        media_type: z.string(),
        content: z.string(),
        /** True when the oldest messages had to be left out: at most 10 million characters. */
        is_cut: z.boolean(),
      }),
    ),
  attach: endpoint(
    {
      method: 'POST',
      path: `${one}/attachments`,
      summary: 'Attach a text file, to be named by a message',
      tag,
      status: 201,
    },
    mine,
  )
    .input(
      z.strictObject({
        ...conversationPath,
        name: z.string().trim().min(1).max(200),
        media_type: z
          .string()
          .max(100)
          .regex(
            /^(text\/[\w.+-]+|application\/(json|xml|x-yaml|yaml|sql|javascript|typescript))$/,
            'Attach text.',
          )
          .default('text/plain'),
        text: z.string().min(1).max(200_000),
      }),
    )
    .output(attachment),
  detach: endpoint(
    { method: 'DELETE', path: `${one}/attachments/{attachment_id}`, summary: 'Delete an attachment', tag },
    mine,
  )
    .input(z.strictObject({ ...conversationPath, attachment_id: id }))
    .output(removed),
  attachments: endpoint(
    { method: 'GET', path: `${one}/attachments`, summary: 'List the attachments of a conversation', tag },
    mine,
  )
    .input(pageQuery.extend(conversationPath))
    .output(pageOf(attachment)),
};
