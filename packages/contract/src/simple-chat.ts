// Chat in the bodies of older clients, over the same engine as chat.ts: one message in, one answer out.
import { z } from 'zod';
import { citation, model, overrides, question, chatTag as tag } from './chat.ts';
import { endUser, sessionId } from './conversations.ts';
import { endpoint } from './endpoint.ts';
import { id, moment, pageQuery } from './fields.ts';

const number = z.coerce.number().int().min(1).max(281_474_976_710_655);
const simpleMessage = z.object({
  role: z.enum(['user', 'assistant']),
  content: z.string(),
  created_at: moment,
});

/** The right is asked for in the workspace that is chosen, which no path names. */
const anybody = { signedIn: true } as const;

/** Chat in the bodies of older clients: in the workspace of the API key, or else the organization's default one. */
export const simpleChat = {
  send: endpoint(
    { method: 'POST', path: '/chat', summary: 'Send a message and get the answer', tag },
    anybody,
  )
    .input(
      z.strictObject({
        message: question,
        ...overrides,
        use_rag: z.boolean().default(true),
        conversation_id: number.nullish(),
        /** Taken when there is no conversation yet: what was said elsewhere before. */
        conversation_history: z
          .array(
            z.strictObject({
              role: z.enum(['user', 'assistant', 'system']),
              content: z.string().max(64_000),
            }),
          )
          .max(100)
          .nullish(),
      }),
    )
    .output(
      z.object({
        response: z.string(),
        conversation_id: z.int(),
        model_used: z.string(),
        tokens_used: z.int(),
        latency_ms: z.int(),
        cost_usd: z.number(),
        request_id: z.string(),
        citations: z.array(citation),
      }),
    ),
  conversations: endpoint(
    { method: 'GET', path: '/chat/conversations', summary: 'List your conversations', tag },
    anybody,
  )
    .input(pageQuery)
    .output(
      z.object({
        data: z.array(
          z.object({
            id: z.int(),
            title: z.string(),
            message_count: z.int(),
            created_at: moment,
            updated_at: moment,
          }),
        ),
        next_cursor: z.string().nullable(),
      }),
    ),
  conversation: endpoint(
    {
      method: 'GET',
      path: '/chat/conversations/{number}',
      summary: 'Read a conversation by its number',
      tag,
    },
    anybody,
  )
    .input(z.strictObject({ number }))
    .output(
      z.object({
        id: z.int(),
        title: z.string(),
        created_at: moment,
        updated_at: moment,
        /** The newest 100, oldest first. */
        messages: z.array(simpleMessage),
      }),
    ),
  models: endpoint(
    { method: 'GET', path: '/chat/models', summary: 'Models that can be named in a chat', tag },
    anybody,
  )
    .input(z.strictObject({}))
    .output(
      z.object({
        data: z.array(z.object({ id: z.string(), provider: z.string() })),
        default_model: z.string().nullable(),
      }),
    ),
  query: endpoint(
    {
      method: 'POST',
      path: '/organizations/{organization_id}/ai/query',
      summary: 'Ask in an organization: its default workspace and agent',
      tag,
    },
    anybody,
  )
    .input(
      z.strictObject({
        organization_id: id,
        userId: endUser.optional(),
        sessionId: sessionId.optional(),
        conversationId: sessionId.optional(),
        content: question,
        options: z
          .strictObject({
            modelOverride: model.optional(),
            customInstructions: z.array(z.string().min(1).max(2_000)).max(20).optional(),
          })
          .optional(),
      }),
    )
    .output(
      z.object({
        id,
        content: z.string(),
        conversationId: z.string(),
        sessionId: z.string(),
        model: z.string().nullable(),
        usage: z.object({ inputTokens: z.int(), outputTokens: z.int(), costMicros: z.int() }),
        latencyMs: z.int(),
        citations: z.array(citation),
      }),
    ),
};
