// OpenAI's chat completions as a canonical call.
import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FilePart,
  LanguageModelV4TextPart,
} from '@ai-sdk/provider';
import { buildPrompt, type PromptBuilder } from './build-prompt.ts';
import { type ChatBody, type ChatMessage, chatShape } from './chat-shape.ts';
import { compactOptions, formatOf, functionTool, inTurn } from './compact-options.ts';
import { fileOfBase64, fileOfUrl } from './file-of-url.ts';
import { readShape } from './read-shape.ts';

type Said = LanguageModelV4TextPart | LanguageModelV4FilePart;
type UserPart = Exclude<Extract<ChatMessage, { role: 'user' }>['content'], string>[number];

/** Decodes the body; throws AskError, which names what cannot be carried. */
export function decodeChat(json: Readonly<Record<string, unknown>>): LanguageModelV4CallOptions {
  const body = readShape(chatShape, json);
  const builder = buildPrompt();
  for (const [i, message] of body.messages.entries()) addMessage(builder, message, `messages[${i}]`);
  return compactOptions({
    prompt: builder.prompt,
    maxOutputTokens: body.max_completion_tokens ?? body.max_tokens,
    temperature: body.temperature,
    topP: body.top_p,
    presencePenalty: body.presence_penalty,
    frequencyPenalty: body.frequency_penalty,
    stopSequences: typeof body.stop === 'string' ? [body.stop] : body.stop,
    seed: body.seed,
    reasoning: body.reasoning_effort,
    tools: body.tools?.map(({ function: { parameters, ...tool } }) =>
      functionTool({ ...tool, schema: parameters }),
    ),
    toolChoice: choiceOf(body.tool_choice),
    responseFormat: formatIn(body.response_format),
    providerOptions: inTurn(body.parallel_tool_calls),
  });
}

function addMessage(builder: PromptBuilder, message: ChatMessage, field: string): void {
  const { role } = message;
  if (role === 'assistant') addAnswer(builder, message, field);
  else if (role === 'user') builder.addUser(saidIn(message.content, `${field}.content`));
  else if (role === 'tool')
    builder.addResult(`${field}.tool_call_id`, message.tool_call_id, {
      type: 'text',
      value: textOf(message.content),
    });
  else builder.addSystem(textOf(message.content));
}

function saidIn(content: string | UserPart[], field: string): Said[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return content.map((part, i) => userPart(part, `${field}[${i}]`));
}

function addAnswer(
  builder: PromptBuilder,
  message: Extract<ChatMessage, { role: 'assistant' }>,
  field: string,
): void {
  const { content, reasoning_content: reasoning, tool_calls = [] } = message;
  const parts = typeof content === 'string' ? [content] : (content ?? []).map(wordsOf);
  const text = [...parts, message.refusal ?? ''].filter((one) => one !== '');
  builder.addAssistant([
    ...(reasoning ? [{ type: 'reasoning' as const, text: reasoning }] : []),
    ...text.map((one) => ({ type: 'text' as const, text: one })),
    ...tool_calls.map((call, i) =>
      builder.callOf(`${field}.tool_calls[${i}].function.arguments`, {
        id: call.id,
        name: call.function.name,
        input: call.function.arguments,
      }),
    ),
  ]);
}

function wordsOf(part: { text: string } | { refusal: string }): string {
  return 'text' in part ? part.text : part.refusal;
}

function textOf(content: string | { text: string }[]): string {
  return typeof content === 'string' ? content : content.map((part) => part.text).join('');
}

function userPart(part: UserPart, field: string): Said {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'image_url': {
      const { url, detail } = part.image_url;
      const file = fileOfUrl(`${field}.image_url.url`, url, { mediaType: 'image/*' });
      return detail ? { ...file, providerOptions: { openai: { imageDetail: detail } } } : file;
    }
    case 'input_audio': {
      const mediaType = part.input_audio.format === 'wav' ? 'audio/wav' : 'audio/mpeg';
      return fileOfBase64(field, part.input_audio.data, { mediaType });
    }
    case 'file': {
      const { file_data: url, filename } = part.file;
      return fileOfUrl(`${field}.file.file_data`, url, { mediaType: 'application/pdf', filename });
    }
  }
}

function choiceOf(choice: ChatBody['tool_choice']): LanguageModelV4CallOptions['toolChoice'] | undefined {
  if (choice === undefined) return undefined;
  return typeof choice === 'string' ? { type: choice } : { type: 'tool', toolName: choice.function.name };
}

function formatIn(
  format: ChatBody['response_format'],
): LanguageModelV4CallOptions['responseFormat'] | undefined {
  if (format?.type === 'json_schema') return formatOf(format.json_schema);
  return format?.type === 'json_object' ? { type: 'json' } : undefined;
}
