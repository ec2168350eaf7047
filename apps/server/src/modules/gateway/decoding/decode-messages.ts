// Anthropic's Messages as a canonical call, for providers that speak another protocol.
import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FilePart,
  LanguageModelV4ReasoningPart,
  LanguageModelV4TextPart,
  LanguageModelV4ToolCallPart,
  LanguageModelV4ToolResultPart,
} from '@ai-sdk/provider';
import { readCarried } from '../encoding/carry-metadata.ts';
import { buildPrompt, type PromptBuilder } from './build-prompt.ts';
import { compactOptions, formatOf, functionTool, inTurn } from './compact-options.ts';
import { fileOfBase64, fileOfUrl } from './file-of-url.ts';
import {
  type AssistantBlock,
  type MessagesBody,
  messagesShape,
  type ResultContent,
  type UserBlock,
} from './messages-shape.ts';
import { readShape } from './read-shape.ts';

/** Decodes the body; throws AskError, which names what cannot be carried. */
export function decodeMessages(json: Readonly<Record<string, unknown>>): LanguageModelV4CallOptions {
  const body = readShape(messagesShape, json);
  const builder = buildPrompt();
  const system = typeof body.system === 'string' ? [{ text: body.system }] : (body.system ?? []);
  for (const { text } of system) builder.addSystem(text);
  body.messages.forEach(({ role, content }, i) => {
    const field = `messages[${i}]`;
    if (role === 'user') addUser(builder, content, field);
    else addAnswer(builder, content, field);
  });
  const format = body.output_config?.format ?? body.output_format;
  return compactOptions({
    prompt: builder.prompt,
    maxOutputTokens: body.max_tokens,
    temperature: body.temperature,
    topP: body.top_p,
    topK: body.top_k,
    stopSequences: body.stop_sequences,
    reasoning: reasoningOf(body),
    tools: body.tools?.map(({ input_schema: schema, name, description, strict }) =>
      functionTool({ name, description, strict, schema }),
    ),
    toolChoice: choiceOf(body.tool_choice),
    responseFormat: format && formatOf({ name: 'answer', schema: format.schema }),
    providerOptions: inTurn(
      body.tool_choice && 'disable_parallel_tool_use' in body.tool_choice
        ? !body.tool_choice.disable_parallel_tool_use
        : undefined,
    ),
  });
}

const asBlock = (text: string) => ({ type: 'text' as const, text, citations: undefined });

/** Results of tools go to the tool's turn, and what is said beside them follows it. */
function addUser(builder: PromptBuilder, content: string | UserBlock[], field: string): void {
  const blocks = typeof content === 'string' ? [asBlock(content)] : content;
  const said: (LanguageModelV4TextPart | LanguageModelV4FilePart)[] = [];
  blocks.forEach((block, i) => {
    const at = `${field}.content[${i}]`;
    if (block.type === 'tool_result')
      builder.addResult(`${at}.tool_use_id`, block.tool_use_id, outputOf(block, at));
    else said.push(partOf(block, at));
  });
  if (said.length > 0) builder.addUser(said);
}

type Media = Exclude<UserBlock, { type: 'tool_result' }>;

function partOf(block: Media, field: string): LanguageModelV4TextPart | LanguageModelV4FilePart {
  if (block.type === 'text') return { type: 'text', text: block.text };
  const { source } = block;
  const at = `${field}.source`;
  const filename = block.type === 'document' ? block.title : undefined;
  if (source.type === 'text') {
    const data = { type: 'text' as const, text: source.data };
    return { type: 'file', mediaType: 'text/plain', data, ...(filename === undefined ? {} : { filename }) };
  }
  const mediaType = block.type === 'image' ? 'image/*' : 'application/pdf';
  return source.type === 'url'
    ? fileOfUrl(`${at}.url`, source.url, { mediaType, filename })
    : fileOfBase64(`${at}.data`, source.data, { mediaType: source.media_type, filename });
}

function outputOf(
  { content, is_error: isError }: { content?: ResultContent; is_error?: boolean | undefined },
  field: string,
): LanguageModelV4ToolResultPart['output'] {
  const blocks = typeof content === 'string' ? [asBlock(content)] : (content ?? []);
  if (blocks.every((block) => block.type === 'text')) {
    const value = blocks.map((block) => block.text).join('\n');
    return { type: isError ? 'error-text' : 'text', value };
  }
  return { type: 'content', value: blocks.map((block, i) => partOf(block, `${field}.content[${i}]`)) };
}

function addAnswer(builder: PromptBuilder, content: string | AssistantBlock[], field: string): void {
  const blocks = typeof content === 'string' ? [asBlock(content)] : content;
  builder.addAssistant(blocks.map((block, i) => answered(builder, block, `${field}.content[${i}]`)));
}

function answered(
  builder: PromptBuilder,
  block: AssistantBlock,
  field: string,
): LanguageModelV4TextPart | LanguageModelV4ReasoningPart | LanguageModelV4ToolCallPart {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: block.text };
    case 'tool_use':
      return builder.callOf(`${field}.input`, block);
    case 'thinking':
      return reasoningPart(block.thinking, block.signature);
    case 'redacted_thinking':
      return reasoningPart('', block.data);
  }
}

/** Signed by the provider it came from: carried back to it as it was, and of no meaning to any other. */
function reasoningPart(text: string, signature: string | undefined): LanguageModelV4ReasoningPart {
  const carried = readCarried(signature);
  const own = signature ? { anthropic: { signature }, bedrock: { signature } } : undefined;
  const providerOptions = carried ?? own;
  return { type: 'reasoning', text, ...(providerOptions ? { providerOptions } : {}) };
}

/** A budget of thinking as the effort that comes near it. */
function reasoningOf({ thinking, output_config }: MessagesBody): LanguageModelV4CallOptions['reasoning'] {
  if (thinking?.type === 'disabled') return 'none';
  if (output_config?.effort) return output_config.effort;
  if (thinking?.type !== 'enabled') return undefined;
  if (thinking.budget_tokens < 4_096) return 'low';
  return thinking.budget_tokens < 16_384 ? 'medium' : 'high';
}

function choiceOf(choice: MessagesBody['tool_choice']): LanguageModelV4CallOptions['toolChoice'] {
  if (!choice) return undefined;
  if (choice.type === 'tool') return { type: 'tool', toolName: choice.name };
  return { type: choice.type === 'any' ? 'required' : choice.type };
}
