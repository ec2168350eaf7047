// Templates on paper: words for a model with `{{variables}}` in them, what each variable may be, and how the model is called.
import { z } from 'zod';

/** What a variable may be; `json` takes any JSON value and is inserted as its text. */
export const variableTypes = ['text', 'number', 'boolean', 'choice', 'json'] as const;

export const variableName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'Use letters, digits and _, beginning with a letter.');
const number = z.number().min(-1e15).max(1e15);

export const variable = z.strictObject({
  name: variableName,
  type: z.enum(variableTypes).default('text'),
  description: z.string().max(500).default(''),
  required: z.boolean().default(true),
  /** Inserted where no value is given; of the type `json`: its JSON text. */
  default: z
    .union([z.string().max(20_000), number, z.boolean()])
    .nullable()
    .default(null),
  /** For `choice`: what may be chosen. */
  choices: z.array(z.string().min(1).max(200)).max(100).default([]),
  /** The longest text that is taken, in characters. */
  max_length: z.int().min(1).max(200_000).nullable().default(null),
});
export const variables = z
  .array(variable)
  .max(100)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'Declare each variable once.');

const words = z.string().max(100_000);
export const promptMessage = z.strictObject({
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content: words,
});
/** A text, which is sent as one user message, or the messages of a chat; at most 200,000 characters. */
export const promptContent = z
  .union([z.string().min(1).max(100_000), z.array(promptMessage).min(1).max(50)])
  .refine((content) => JSON.stringify(content).length <= 200_000, 'At most 200,000 characters in all.');

/** Parameters of `/v1/chat/completions` that a prompt may fix. */
export const modelParameters = z.strictObject({
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  max_tokens: z.int().min(1).max(1_000_000).optional(),
  max_completion_tokens: z.int().min(1).max(1_000_000).optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  frequency_penalty: z.number().min(-2).max(2).optional(),
  seed: z.int().min(-2_147_483_648).max(2_147_483_647).optional(),
  stop: z.array(z.string().min(1).max(200)).min(1).max(4).optional(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).optional(),
  response_format: z.strictObject({ type: z.enum(['text', 'json_object']) }).optional(),
});

export const provider = z.string().trim().min(1).max(40);
export const model = z.string().trim().min(1).max(200);
/** How a model is called. Without a model: what the caller's own settings say, or the organization's default. */
export const modelSettings = z.strictObject({
  provider: provider.nullable().default(null),
  model: model.nullable().default(null),
  parameters: modelParameters.default({}),
});
export const noSettings = { provider: null, model: null, parameters: {} };

/** Values for the variables of a template, by name; at most 500,000 characters of JSON. */
export const variableValues = z
  .record(z.string().max(64), z.unknown())
  .refine((values) => JSON.stringify(values).length <= 500_000, 'At most 500,000 characters of JSON.');

/** The messages that a template becomes. */
export const renderedMessages = z.array(z.object({ role: z.string(), content: z.string() }));

/** Who made a thing. */
export const author = z.object({
  kind: z.string(),
  id: z.guid().nullable(),
  name: z.string(),
});
