// An answer as it is kept, made from a result or gathered from a stream, and given again as either. Only whole answers of
// text, reasoning and tool calls are kept; what is given again costs no tokens.
import type {
  LanguageModelV4Content,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from '@ai-sdk/provider';

export type KeptAnswer = Pick<LanguageModelV4GenerateResult, 'content' | 'finishReason'> & {
  structuredOutputText?: string;
  /** The model that the provider said it was. */
  modelId?: string;
  /** Milliseconds since the epoch. */
  keptAt: number;
};

const none = { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 };
const noUsage: LanguageModelV4Usage = {
  inputTokens: none,
  outputTokens: { total: 0, text: 0, reasoning: 0 },
};
const keptKinds: ReadonlySet<string> = new Set(['text', 'reasoning', 'tool-call']);
const whole: ReadonlySet<string> = new Set(['stop', 'length', 'tool-calls']);

/** What is kept of a result; undefined when it is not a whole answer of kinds that can be kept. */
export function asKept(result: LanguageModelV4GenerateResult, now: number): KeptAnswer | undefined {
  const { content, finishReason, structuredOutputText, response } = result;
  if (!whole.has(finishReason.unified) || content.length === 0) return undefined;
  if (
    content.some((part) => !keptKinds.has(part.type) || ('providerExecuted' in part && part.providerExecuted))
  )
    return undefined;
  return {
    content,
    finishReason,
    ...(structuredOutputText === undefined ? {} : { structuredOutputText }),
    ...(response?.modelId === undefined ? {} : { modelId: response.modelId }),
    keptAt: now,
  };
}

/** The answer as a result, with usage 0. */
export function replayResult(kept: KeptAnswer): LanguageModelV4GenerateResult {
  const { content, finishReason, structuredOutputText, modelId } = kept;
  return {
    content,
    finishReason,
    ...(structuredOutputText === undefined ? {} : { structuredOutputText }),
    usage: noUsage,
    warnings: [],
    response: modelId === undefined ? {} : { modelId },
  };
}

const PIECE_CHARACTERS = 200;

/** The answer as a stream of parts, with usage 0. */
export function replayAnswer(kept: KeptAnswer): ReadableStream<LanguageModelV4StreamPart> {
  return ReadableStream.from(playParts(kept));
}

function* playParts({ content, finishReason, modelId }: KeptAnswer): Generator<LanguageModelV4StreamPart> {
  yield { type: 'stream-start', warnings: [] };
  if (modelId !== undefined) yield { type: 'response-metadata', modelId };
  for (const [index, part] of content.entries()) yield* playPart(part, String(index));
  yield { type: 'finish', usage: noUsage, finishReason };
}

function* playPart(part: LanguageModelV4Content, id: string): Generator<LanguageModelV4StreamPart> {
  if (part.type === 'text' || part.type === 'reasoning') {
    const about = part.providerMetadata ? { providerMetadata: part.providerMetadata } : {};
    yield { type: `${part.type}-start`, id, ...about };
    for (const delta of cutText(part.text)) yield { type: `${part.type}-delta`, id, delta };
    yield { type: `${part.type}-end`, id, ...about };
  } else if (part.type === 'tool-call') {
    yield { type: 'tool-input-start', id: part.toolCallId, toolName: part.toolName };
    yield { type: 'tool-input-delta', id: part.toolCallId, delta: part.input };
    yield { type: 'tool-input-end', id: part.toolCallId };
    yield part;
  }
}

/** Pieces that never part a pair of characters. */
function* cutText(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = at + PIECE_CHARACTERS;
    const isPair = /[\ud800-\udbff]/.test(text[end - 1] ?? '') && end < text.length;
    yield text.slice(at, isPair ? end + 1 : end);
    at = isPair ? end + 1 : end;
  }
}
