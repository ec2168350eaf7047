// Where the texts of a call are: in its messages, in what a model answers, and in the values of tool calls.
import type {
  LanguageModelV4Content,
  LanguageModelV4Prompt,
  LanguageModelV4ToolResultPart,
} from '@ai-sdk/provider';

export type TextPlace = { role: 'system' | 'user' | 'assistant' | 'tool'; message: number };
export type MapText = (text: string, place: TextPlace) => string;

/** The prompt with every text of it replaced, always in the same order. */
export function mapPrompt(prompt: LanguageModelV4Prompt, map: MapText): LanguageModelV4Prompt {
  return prompt.map((message, index) => {
    const own = (text: string) => map(text, { role: message.role, message: index });
    if (message.role === 'system') return { ...message, content: own(message.content) };
    return { ...message, content: message.content.map((part) => mapPart(part, own)) } as typeof message;
  });
}

type MessagePart = Exclude<LanguageModelV4Prompt[number]['content'], string>[number];

function mapPart(part: MessagePart, map: (text: string) => string): MessagePart {
  if (part.type === 'text' || part.type === 'reasoning') return { ...part, text: map(part.text) };
  if (part.type === 'tool-call') return { ...part, input: mapStrings(part.input, map) };
  if (part.type === 'tool-result') return { ...part, output: mapOutput(part.output, map) };
  if (part.type === 'file' && part.data.type === 'text')
    return { ...part, data: { ...part.data, text: map(part.data.text) } };
  return part;
}

type ToolOutput = LanguageModelV4ToolResultPart['output'];

function mapOutput(output: ToolOutput, map: (text: string) => string): ToolOutput {
  if (output.type === 'execution-denied')
    return output.reason === undefined ? output : { ...output, reason: map(output.reason) };
  if (output.type !== 'content') return { ...output, value: mapStrings(output.value, map) } as ToolOutput;
  return {
    ...output,
    value: output.value.map((part) => (part.type === 'text' ? { ...part, text: map(part.text) } : part)),
  };
}

/** A model's content with every text of it replaced. */
export function mapContent(
  content: readonly LanguageModelV4Content[],
  map: (text: string) => string,
): LanguageModelV4Content[] {
  return content.map((part) => {
    if (part.type === 'reasoning') return { ...part, text: map(part.text) };
    if (part.type === 'text')
      return {
        ...part,
        text: map(part.text),
        ...(part.citations ? { citations: mapStrings(part.citations, map) as typeof part.citations } : {}),
      };
    if (part.type === 'tool-call') return { ...part, input: mapJson(part.input, map) };
    if (part.type === 'tool-result')
      return { ...part, result: mapStrings(part.result, map) as typeof part.result };
    return part;
  });
}

/** JSON with its strings and numbers replaced; what is no JSON is a text itself. */
export function mapJson(json: string, map: (text: string) => string): string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return map(json);
  }
  const mapped = mapStrings(value, map);
  const text = JSON.stringify(mapped);
  return text === JSON.stringify(value) ? json : text;
}

const DEPTH_MAX = 200;

/** The value with its strings, keys and numbers replaced; a number that is replaced becomes a string. */
export function mapStrings(value: unknown, map: (text: string) => string, depth = 0): unknown {
  if (typeof value === 'string') return map(value);
  if (typeof value === 'number') {
    const [text, mapped] = [String(value), map(String(value))];
    return mapped === text ? value : mapped;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEPTH_MAX) throw new RangeError('A value is nested too deeply.');
  if (Array.isArray(value)) return value.map((one) => mapStrings(one, map, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, own]) => [map(key), mapStrings(own, map, depth + 1)]),
  );
}
