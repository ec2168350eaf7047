// What is carried of OpenAI's chat completions. Format: OpenAI's API reference.
import { z } from 'zod';
import { ignored, neutral, object, optional } from './read-shape.ts';

const text = z.string();
const name = z.string().min(1).max(256);

const textPart = z.strictObject({ type: z.literal('text'), text });
const imagePart = z.strictObject({
  type: z.literal('image_url'),
  image_url: z.strictObject({ url: text, detail: optional(z.enum(['auto', 'low', 'high'])) }),
});
const audioPart = z.strictObject({
  type: z.literal('input_audio'),
  input_audio: z.strictObject({ data: text, format: z.enum(['wav', 'mp3']) }),
});
const filePart = z.strictObject({
  type: z.literal('file'),
  file: z.strictObject({ file_data: text, filename: optional(name) }),
});
const refusalPart = z.strictObject({ type: z.literal('refusal'), refusal: text });

const words = z.union([text, z.array(textPart).max(1_000)]);
const userPart = z.discriminatedUnion('type', [textPart, imagePart, audioPart, filePart]);
const assistantPart = z.discriminatedUnion('type', [textPart, refusalPart]);
const toolCall = z.strictObject({
  id: name,
  type: z.literal('function'),
  function: z.strictObject({ name, arguments: text }),
  index: ignored,
});

const system = { content: words, name: ignored };
const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), ...system }),
  z.strictObject({ role: z.literal('developer'), ...system }),
  z.strictObject({
    role: z.literal('user'),
    content: z.union([text, z.array(userPart).max(1_000)]),
    name: ignored,
  }),
  z.strictObject({
    role: z.literal('assistant'),
    content: optional(z.union([text, z.array(assistantPart).max(1_000)])),
    refusal: optional(text),
    reasoning_content: optional(text),
    tool_calls: optional(z.array(toolCall).max(1_000)),
    annotations: ignored,
    audio: neutral(),
    function_call: neutral(),
    name: ignored,
  }),
  z.strictObject({ role: z.literal('tool'), content: words, tool_call_id: name, name: ignored }),
]);

const tool = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name,
    description: optional(text),
    parameters: optional(object),
    strict: optional(z.boolean()),
  }),
});
const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.strictObject({ type: z.literal('function'), function: z.strictObject({ name }) }),
]);
const responseFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    json_schema: z.strictObject({
      name,
      description: optional(text),
      schema: optional(object),
      strict: optional(z.boolean()),
    }),
  }),
]);

const limit = optional(z.int().min(1).max(10_000_000));
/** Efforts of reasoning that the canonical call knows. */
export const effort = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']);

/** The body of a chat completion that can be carried anywhere. */
export const chatShape = z.strictObject({
  model: ignored,
  messages: z.array(message).min(1).max(10_000),
  max_tokens: limit,
  max_completion_tokens: limit,
  temperature: optional(z.number().min(0).max(2)),
  top_p: optional(z.number().min(0).max(1)),
  presence_penalty: optional(z.number().min(-2).max(2)),
  frequency_penalty: optional(z.number().min(-2).max(2)),
  stop: optional(z.union([text, z.array(text).max(16)])),
  seed: optional(z.int()),
  tools: optional(z.array(tool).max(512)),
  tool_choice: optional(toolChoice),
  parallel_tool_calls: optional(z.boolean()),
  response_format: optional(responseFormat),
  reasoning_effort: optional(effort),
  stream: optional(z.boolean()),
  stream_options: optional(
    z.strictObject({ include_usage: optional(z.boolean()), include_obfuscation: ignored }),
  ),
  n: neutral(1),
  logprobs: neutral(false),
  top_logprobs: neutral(0),
  logit_bias: optional(z.strictObject({})),
  modalities: optional(z.array(z.literal('text')).max(1)),
  store: neutral(false),
  service_tier: neutral('auto', 'default'),
  verbosity: neutral('medium'),
  user: ignored,
  metadata: ignored,
  safety_identifier: ignored,
  prompt_cache_key: ignored,
});
export type ChatBody = z.output<typeof chatShape>;
export type ChatMessage = ChatBody['messages'][number];
