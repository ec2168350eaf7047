// What is carried of Anthropic's Messages. Format: Anthropic's API reference.
import { z } from 'zod';
import { ignored, neutral, object, optional } from './read-shape.ts';

const text = z.string();
const name = z.string().min(1).max(256);
/** Caching is the provider's own affair: the answer is the same without it. */
const hints = { cache_control: ignored };

const textBlock = z.strictObject({
  type: z.literal('text'),
  text,
  citations: optional(z.array(z.unknown()).max(0)),
  ...hints,
});
const base64 = z.strictObject({ type: z.literal('base64'), media_type: name, data: text });
const url = z.strictObject({ type: z.literal('url'), url: text });
const imageBlock = z.strictObject({
  type: z.literal('image'),
  source: z.discriminatedUnion('type', [base64, url]),
  ...hints,
});
const documentBlock = z.strictObject({
  type: z.literal('document'),
  source: z.discriminatedUnion('type', [
    base64,
    url,
    z.strictObject({ type: z.literal('text'), media_type: z.literal('text/plain'), data: text }),
  ]),
  title: optional(name),
  citations: optional(z.strictObject({ enabled: optional(z.literal(false)) })),
  ...hints,
});
const thinkingBlock = z.strictObject({
  type: z.literal('thinking'),
  thinking: text,
  signature: optional(text),
});
const redactedBlock = z.strictObject({ type: z.literal('redacted_thinking'), data: text });
const toolUse = z.strictObject({
  type: z.literal('tool_use'),
  id: name,
  name,
  input: object,
  caller: ignored,
  ...hints,
});
const toolResult = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: name,
  content: optional(
    z.union([text, z.array(z.discriminatedUnion('type', [textBlock, imageBlock, documentBlock])).max(1_000)]),
  ),
  is_error: optional(z.boolean()),
  ...hints,
});

const userBlock = z.discriminatedUnion('type', [textBlock, imageBlock, documentBlock, toolResult]);
const assistantBlock = z.discriminatedUnion('type', [textBlock, thinkingBlock, redactedBlock, toolUse]);
const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('user'), content: z.union([text, z.array(userBlock).max(10_000)]) }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z.union([text, z.array(assistantBlock).max(10_000)]),
  }),
]);

const tool = z.strictObject({
  type: optional(z.literal('custom')),
  name,
  description: optional(text),
  input_schema: object,
  strict: optional(z.boolean()),
  eager_input_streaming: ignored,
  ...hints,
});
const inTurn = { disable_parallel_tool_use: optional(z.boolean()) };
const toolChoice = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('auto'), ...inTurn }),
  z.strictObject({ type: z.literal('any'), ...inTurn }),
  z.strictObject({ type: z.literal('tool'), name, ...inTurn }),
  z.strictObject({ type: z.literal('none') }),
]);
const thinking = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('enabled'),
    budget_tokens: z.int().min(1).max(10_000_000),
    display: ignored,
  }),
  z.strictObject({ type: z.literal('adaptive'), display: ignored }),
  z.strictObject({ type: z.literal('disabled') }),
]);
const format = z.strictObject({ type: z.literal('json_schema'), schema: object });

/** The body of a message that can be carried anywhere. */
export const messagesShape = z.strictObject({
  model: ignored,
  messages: z.array(message).min(1).max(10_000),
  system: optional(z.union([text, z.array(textBlock).max(1_000)])),
  max_tokens: z.int().min(1).max(10_000_000),
  temperature: optional(z.number().min(0).max(1)),
  top_p: optional(z.number().min(0).max(1)),
  top_k: optional(z.int().min(0).max(1_000_000)),
  stop_sequences: optional(z.array(text).max(64)),
  tools: optional(z.array(tool).max(512)),
  tool_choice: optional(toolChoice),
  thinking: optional(thinking),
  output_config: optional(
    z.strictObject({
      effort: optional(z.enum(['low', 'medium', 'high', 'xhigh', 'max'])),
      format: optional(format),
    }),
  ),
  output_format: optional(format),
  stream: optional(z.boolean()),
  service_tier: neutral('auto', 'standard_only'),
  metadata: ignored,
  ...hints,
});
export type MessagesBody = z.output<typeof messagesShape>;
export type UserBlock = z.output<typeof userBlock>;
export type AssistantBlock = z.output<typeof assistantBlock>;
export type ResultContent = z.output<typeof toolResult>['content'];
