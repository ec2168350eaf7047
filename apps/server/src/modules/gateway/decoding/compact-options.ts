// Words that all decoders use to say the canonical call.
import type { JSONSchema7, LanguageModelV4CallOptions, LanguageModelV4FunctionTool } from '@ai-sdk/provider';

type Loose<T> = { [K in keyof T]: T[K] | undefined };

/** The options without those that are undefined. */
export function compactOptions(options: Loose<LanguageModelV4CallOptions>): LanguageModelV4CallOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as LanguageModelV4CallOptions;
}

type Tool = {
  name: string;
  description?: string | undefined;
  schema?: Record<string, unknown> | undefined;
  strict?: boolean | undefined;
};

/** A function that the model may call; without a schema it takes nothing. */
export function functionTool({ name, description, schema, strict }: Tool): LanguageModelV4FunctionTool {
  return {
    type: 'function',
    name,
    inputSchema: (schema ?? { type: 'object', properties: {} }) as JSONSchema7,
    ...(description === undefined ? {} : { description }),
    ...(strict === undefined ? {} : { strict }),
  };
}

/** An answer in JSON of a schema. */
export function formatOf(format: Omit<Tool, 'name'> & { name?: string | undefined }) {
  const { name, description, schema } = format;
  return {
    type: 'json' as const,
    ...(schema ? { schema: schema as JSONSchema7 } : {}),
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
  };
}

/** One tool call at a time, where the provider can be told: only the options of its own dialect are read. */
export function inTurn(parallel: boolean | undefined): LanguageModelV4CallOptions['providerOptions'] {
  if (parallel !== false) return undefined;
  return {
    anthropic: { disableParallelToolUse: true },
    openai: { parallelToolCalls: false },
  };
}
