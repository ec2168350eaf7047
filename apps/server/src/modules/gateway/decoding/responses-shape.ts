// What is carried of OpenAI's Responses: calls without a memory at the provider. Format: OpenAI's API reference.
import { z } from 'zod';
import { effort } from './chat-shape.ts';
import { ignored, neutral, object, optional } from './read-shape.ts';

const text = z.string();
const name = z.string().min(1).max(256);

const inputText = z.strictObject({ type: z.literal('input_text'), text });
const inputImage = z.strictObject({
  type: z.literal('input_image'),
  image_url: text,
  detail: optional(z.enum(['auto', 'low', 'high'])),
});
const inputFile = z.strictObject({
  type: z.literal('input_file'),
  file_data: optional(text),
  file_url: optional(text),
  filename: optional(name),
});
const outputText = z.strictObject({
  type: z.literal('output_text'),
  text,
  annotations: ignored,
  logprobs: ignored,
});
const refusal = z.strictObject({ type: z.literal('refusal'), refusal: text });
const part = z.discriminatedUnion('type', [inputText, inputImage, inputFile, outputText, refusal]);

const inputs = z.array(z.discriminatedUnion('type', [inputText, inputImage, inputFile])).max(1_000);
const kept = { id: ignored, status: ignored };
const message = z.strictObject({
  type: z.literal('message').optional(),
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: z.union([text, z.array(part).max(1_000)]),
  phase: ignored,
  ...kept,
});
const functionCall = z.strictObject({
  type: z.literal('function_call'),
  call_id: name,
  name,
  arguments: text,
  ...kept,
});
const functionOutput = z.strictObject({
  type: z.literal('function_call_output'),
  call_id: name,
  output: z.union([text, inputs]),
  ...kept,
});
const reasoning = z.strictObject({
  type: z.literal('reasoning'),
  summary: z.array(z.strictObject({ type: z.literal('summary_text'), text })).max(1_000),
  content: ignored,
  encrypted_content: optional(text),
  ...kept,
});
const turn = z.discriminatedUnion('type', [functionCall, functionOutput, reasoning, message]);

const tool = z.strictObject({
  type: z.literal('function'),
  name,
  description: optional(text),
  parameters: optional(object),
  strict: optional(z.boolean()),
});
const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.strictObject({ type: z.literal('function'), name }),
]);
const format = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    name,
    description: optional(text),
    schema: object,
    strict: optional(z.boolean()),
  }),
]);

/** The body of a response that can be carried anywhere. */
export const responsesShape = z.strictObject({
  model: ignored,
  input: z.union([text, z.array(turn).min(1).max(10_000)]),
  instructions: optional(text),
  max_output_tokens: optional(z.int().min(1).max(10_000_000)),
  temperature: optional(z.number().min(0).max(2)),
  top_p: optional(z.number().min(0).max(1)),
  tools: optional(z.array(tool).max(512)),
  tool_choice: optional(toolChoice),
  parallel_tool_calls: optional(z.boolean()),
  text: optional(z.strictObject({ format: optional(format), verbosity: neutral('medium') })),
  reasoning: optional(z.strictObject({ effort: optional(effort), summary: ignored })),
  include: optional(z.array(z.literal('reasoning.encrypted_content')).max(1)),
  stream: optional(z.boolean()),
  stream_options: ignored,
  store: neutral(false),
  previous_response_id: neutral(),
  background: neutral(false),
  truncation: neutral('disabled'),
  top_logprobs: neutral(0),
  service_tier: neutral('auto', 'default'),
  user: ignored,
  metadata: ignored,
  safety_identifier: ignored,
  prompt_cache_key: ignored,
});
export type ResponsesBody = z.output<typeof responsesShape>;
export type Turn = z.output<typeof turn>;
export type ResponsesPart = z.output<typeof part>;
