// OpenAI's Responses as a canonical call, for providers that speak another protocol: each call brings all of its conversation.
import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FilePart,
  LanguageModelV4TextPart,
  LanguageModelV4ToolResultPart,
} from '@ai-sdk/provider';
import { readCarried } from '../encoding/carry-metadata.ts';
import { isObject } from '../usage/index.ts';
import { buildPrompt, type PromptBuilder } from './build-prompt.ts';
import { compactOptions, formatOf, functionTool, inTurn } from './compact-options.ts';
import { fileOfUrl } from './file-of-url.ts';
import { readShape, refuse } from './read-shape.ts';
import { type ResponsesBody, type ResponsesPart, responsesShape, type Turn } from './responses-shape.ts';

type Said = LanguageModelV4TextPart | LanguageModelV4FilePart;

const NO_MEMORY =
  'the provider of this model keeps no conversations. Send all of the input with each call, and no such field';

/** Decodes the body; throws AskError, which names what cannot be carried. */
export function decodeResponses(json: Readonly<Record<string, unknown>>): LanguageModelV4CallOptions {
  for (const field of ['store', 'previous_response_id', 'conversation'])
    if (json[field] !== undefined && json[field] !== null && json[field] !== false)
      throw refuse(field, NO_MEMORY);
  const { conversation: _none, ...rest } = json;
  const body = readShape(responsesShape, { ...rest, input: withKinds(json.input) });
  const builder = buildPrompt();
  if (body.instructions) builder.addSystem(body.instructions);
  if (typeof body.input === 'string') builder.addUser([{ type: 'text', text: body.input }]);
  else for (const [i, turn] of body.input.entries()) addTurn(builder, turn, `input[${i}]`);
  return compactOptions({
    prompt: builder.prompt,
    maxOutputTokens: body.max_output_tokens,
    temperature: body.temperature,
    topP: body.top_p,
    reasoning: body.reasoning?.effort,
    tools: body.tools?.map(({ parameters, name, description, strict }) =>
      functionTool({ name, description, strict, schema: parameters }),
    ),
    toolChoice: choiceOf(body.tool_choice),
    responseFormat: formatIn(body.text?.format),
    providerOptions: inTurn(body.parallel_tool_calls),
  });
}

/** A message may leave its type out. */
function withKinds(input: unknown): unknown {
  if (!Array.isArray(input)) return input;
  return input.map((turn: unknown) =>
    isObject(turn) && turn.type === undefined ? { ...turn, type: 'message' } : turn,
  );
}

function addTurn(builder: PromptBuilder, turn: Turn, field: string): void {
  if (turn.type === 'function_call') {
    const call = { id: turn.call_id, name: turn.name, input: turn.arguments };
    builder.addAssistant([builder.callOf(`${field}.arguments`, call)]);
  } else if (turn.type === 'function_call_output') {
    builder.addResult(`${field}.call_id`, turn.call_id, outputOf(turn.output, field));
  } else if (turn.type === 'reasoning') {
    const text = turn.summary.map((part) => part.text).join('\n');
    const providerOptions = readCarried(turn.encrypted_content);
    builder.addAssistant([{ type: 'reasoning', text, ...(providerOptions ? { providerOptions } : {}) }]);
  } else addMessage(builder, turn, field);
}

function addMessage(
  builder: PromptBuilder,
  { role, content }: Extract<Turn, { role: string }>,
  field: string,
): void {
  const parts =
    typeof content === 'string'
      ? [{ type: 'text' as const, text: content }]
      : content.map((part, i) => partOf(part, `${field}.content[${i}]`));
  if (role === 'user') builder.addUser(parts);
  else if (role === 'assistant') builder.addAssistant(parts);
  else builder.addSystem(parts.map((part) => textOf(part, `${field}.content`)).join(''));
}

function textOf(part: Said, field: string): string {
  if (part.type === 'text') return part.text;
  throw refuse(field, 'a message of the system is text');
}

function partOf(part: ResponsesPart, field: string): Said {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
      return { type: 'text', text: part.text };
    case 'refusal':
      return { type: 'text', text: part.refusal };
    case 'input_image': {
      const file = fileOfUrl(`${field}.image_url`, part.image_url, { mediaType: 'image/*' });
      return part.detail ? { ...file, providerOptions: { openai: { imageDetail: part.detail } } } : file;
    }
    case 'input_file': {
      const url = part.file_data ?? part.file_url;
      if (url === undefined) throw refuse(field, 'send file_data or file_url');
      return fileOfUrl(field, url, { mediaType: 'application/pdf', filename: part.filename });
    }
  }
}

function outputOf(
  output: string | Exclude<ResponsesPart, { type: 'output_text' | 'refusal' }>[],
  field: string,
): LanguageModelV4ToolResultPart['output'] {
  if (typeof output === 'string') return { type: 'text', value: output };
  return { type: 'content', value: output.map((part, i) => partOf(part, `${field}.output[${i}]`)) };
}

function choiceOf(choice: ResponsesBody['tool_choice']): LanguageModelV4CallOptions['toolChoice'] {
  if (choice === undefined) return undefined;
  return typeof choice === 'string' ? { type: choice } : { type: 'tool', toolName: choice.name };
}

function formatIn(
  format: NonNullable<ResponsesBody['text']>['format'],
): LanguageModelV4CallOptions['responseFormat'] {
  if (format?.type === 'json_schema') return formatOf(format);
  return format?.type === 'json_object' ? { type: 'json' } : undefined;
}
