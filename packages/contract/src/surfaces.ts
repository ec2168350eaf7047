// Model calls in the protocols of others: OpenAI's and Anthropic's, described here for OpenAPI and the sweeps, and served by
// routes of their own.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { freeObject } from './fields.ts';

const model = z.string().max(256).optional();
const stream = z.boolean().optional();
const text = z.union([z.string(), z.array(z.unknown())]);
const chatBody = z.looseObject({ model, messages: z.array(freeObject).min(1), stream });
const responsesBody = z.looseObject({ model, input: text, stream });
const completionBody = z.looseObject({ model, prompt: text, stream });
const embeddingBody = z.looseObject({ model, input: text });
const messagesBody = z.looseObject({
  model,
  max_tokens: z.int().min(1),
  messages: z.array(freeObject).min(1),
  stream,
});
const countBody = z.looseObject({ model, messages: z.array(freeObject).min(1) });
const modelCard = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.int(),
  owned_by: z.string(),
});
const spoken = z.looseObject({ id: z.string(), object: z.string() });

const BODY_LIMIT = 20_971_520;
const openai = { protocol: 'openai', bodyLimit: BODY_LIMIT } as const;
const anthropic = { protocol: 'anthropic', bodyLimit: BODY_LIMIT } as const;
const mayAsk = { permission: 'ai:query' } as const;
const mayList = { permission: 'models:read' } as const;
const tag = 'Models';

/** OpenAI's protocol. */
export const openaiSurface = {
  chatCompletions: endpoint(
    {
      method: 'POST',
      path: '/chat/completions',
      summary: "Chat completion, in OpenAI's format; streams with `stream: true`",
      tag,
    },
    { ...mayAsk, ...openai },
  )
    .input(chatBody)
    .output(spoken),
  responses: endpoint(
    {
      method: 'POST',
      path: '/responses',
      summary: "Response, in the format of OpenAI's Responses; streams with `stream: true`",
      tag,
    },
    { ...mayAsk, ...openai },
  )
    .input(responsesBody)
    .output(spoken),
  completions: endpoint(
    {
      method: 'POST',
      path: '/completions',
      summary: "Legacy completion of a prompt, in OpenAI's format; streams with `stream: true`",
      tag,
    },
    { ...mayAsk, ...openai },
  )
    .input(completionBody)
    .output(spoken),
  embeddings: endpoint(
    { method: 'POST', path: '/embeddings', summary: "Embeddings, in OpenAI's format", tag },
    { ...mayAsk, ...openai },
  )
    .input(embeddingBody)
    .output(z.looseObject({ object: z.string() })),
  listModels: endpoint(
    { method: 'GET', path: '/models', summary: 'Models that this credential may use', tag },
    { ...mayList, ...openai },
  )
    .input(z.strictObject({}))
    .output(z.object({ object: z.literal('list'), data: z.array(modelCard) })),
  getModel: endpoint(
    { method: 'GET', path: '/models/{model}', summary: 'One model', tag },
    { ...mayList, ...openai },
  )
    .input(z.strictObject({ model: z.string().max(256) }))
    .output(modelCard),
};

/** Anthropic's protocol. */
export const anthropicSurface = {
  messages: endpoint(
    {
      method: 'POST',
      path: '/messages',
      summary: "Message, in Anthropic's format; streams with `stream: true`",
      tag,
    },
    { ...mayAsk, ...anthropic },
  )
    .input(messagesBody)
    .output(z.looseObject({ id: z.string(), type: z.literal('message') })),
  countTokens: endpoint(
    {
      method: 'POST',
      path: '/messages/count_tokens',
      summary: "Count the tokens of a message, where the model's provider does; costs nothing",
      tag,
    },
    { ...mayAsk, ...anthropic },
  )
    .input(countBody)
    .output(z.looseObject({ input_tokens: z.int() })),
};
