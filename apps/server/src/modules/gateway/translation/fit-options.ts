// What the canonical call can say and a certain provider cannot hear: refused before the call is made.
import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4FilePart } from '@ai-sdk/provider';
import { isUrlSupported } from '@ai-sdk/provider-utils';
import { failureOf } from '../relay/failure-of.ts';
import type { Dialect } from '../relay/index.ts';
import { AskError } from '../relay/read-ask.ts';

/** Dialects that can be told to call one tool at a time. */
const IN_TURN: ReadonlySet<Dialect> = new Set<Dialect>(['openai', 'anthropic']);

/** Throws AskError when the provider could not do what is asked. */
export async function fitOptions(
  options: LanguageModelV4CallOptions,
  model: LanguageModelV4,
  dialect: Dialect,
): Promise<void> {
  if (options.providerOptions?.anthropic?.disableParallelToolUse && !IN_TURN.has(dialect))
    throw refusal('this provider cannot be told to call one tool at a time. Leave "parallel_tool_calls" out');
  const { responseFormat: format } = options;
  if (dialect === 'anthropic' && format?.type === 'json' && !format.schema)
    throw refusal('this provider answers in JSON of a schema only. Send the schema with the response format');
  const files = filesIn(options);
  if (files.length === 0) return;
  const supportedUrls = await model.supportedUrls;
  for (const { data, mediaType } of files) {
    if (data.type !== 'url') continue;
    if (!isUrlSupported({ mediaType, url: data.url.href, supportedUrls }))
      throw refusal(`this provider does not take ${mediaType} by address. Send the data itself, as base64`);
  }
}

const refusal = (words: string) =>
  new AskError(
    failureOf('not_translatable', { message: `The model's provider speaks another protocol: ${words}.` }),
  );

type File = Pick<LanguageModelV4FilePart, 'data' | 'mediaType'>;

function filesIn({ prompt }: LanguageModelV4CallOptions): File[] {
  return prompt.flatMap((message): File[] => {
    if (message.role === 'user') return message.content.filter((part) => part.type === 'file');
    if (message.role !== 'tool') return [];
    return message.content.flatMap((part) =>
      part.type === 'tool-result' && part.output.type === 'content'
        ? part.output.value.filter((one) => one.type === 'file')
        : [],
    );
  });
}
