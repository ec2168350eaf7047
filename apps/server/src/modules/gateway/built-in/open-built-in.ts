// The built-in answerer as a model of the AI SDK, so that every surface speaks to it, streams included, and guardrails read
// what it says. Its tokens are counted by us.
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4FinishReason,
  LanguageModelV4StreamPart,
  LanguageModelV4Text,
  LanguageModelV4Usage,
} from '@ai-sdk/provider';
import type { Actor } from '../../../platform/actor.ts';
import type { Principal } from '../admission/require-right.ts';
import { tokensOfBytes } from '../usage/index.ts';
import { BUILT_IN, EXTRACTIVE } from './find-built-in.ts';

/** Where a quotation stands; `number` is the one in the text. Its words are in the text alone, where guardrails read them. */
export type Citation = {
  number: number;
  chunk_id: string;
  document_id: string | null;
  title: string;
  page: number | null;
};
export type BuiltInAnswer = { text: string; citations: Citation[] };
type Message = { role: 'user' | 'assistant' | 'system'; text: string };

/** Answers the last question of a conversation in the name of an actor. */
export type Answerer = (asked: {
  actor: Actor;
  workspaceId: string;
  messages: Message[];
  signal?: AbortSignal | undefined;
}) => Promise<BuiltInAnswer>;

const WORDS_A_PIECE = 6;
const stop: LanguageModelV4FinishReason = { unified: 'stop', raw: 'stop' };

/** The model, answering in the name of the one who calls. */
export function openBuiltIn(answer: Answerer, principal: Principal): LanguageModelV4 {
  async function ask(options: LanguageModelV4CallOptions) {
    const messages = messagesOf(options);
    const { actor, workspace_id: workspaceId } = principal;
    if (!actor) throw new Error('A built-in model answers somebody.');
    const { text, citations } = await answer({ actor, workspaceId, messages, signal: options.abortSignal });
    const bytes = messages.reduce((sum, message) => sum + Buffer.byteLength(message.text), 0);
    const usage = usageOf(tokensOfBytes(bytes), tokensOfBytes(Buffer.byteLength(text)));
    return { text, usage, providerMetadata: { [BUILT_IN]: { citations } } };
  }
  return {
    specificationVersion: 'v4',
    provider: BUILT_IN,
    modelId: EXTRACTIVE,
    supportedUrls: {},
    async doGenerate(options) {
      const { usage, ...said } = await ask(options);
      const content: LanguageModelV4Text[] = [{ type: 'text', ...said }];
      return { content, finishReason: stop, usage, warnings: [] };
    },
    async doStream(options) {
      return { stream: ReadableStream.from(partsOf(await ask(options))) };
    },
  };
}

type Said = {
  text: string;
  usage: LanguageModelV4Usage;
  providerMetadata: LanguageModelV4Text['providerMetadata'];
};

function* partsOf({ text, usage, providerMetadata }: Said): Generator<LanguageModelV4StreamPart> {
  yield { type: 'stream-start', warnings: [] };
  yield { type: 'text-start', id: '0' };
  for (const [delta] of text.matchAll(new RegExp(`(?:\\S*\\s*){1,${WORDS_A_PIECE}}`, 'g')))
    if (delta !== '') yield { type: 'text-delta', id: '0', delta };
  yield { type: 'text-end', id: '0', ...(providerMetadata ? { providerMetadata } : {}) };
  yield { type: 'finish', usage, finishReason: stop };
}

function messagesOf({ prompt }: LanguageModelV4CallOptions): Message[] {
  return prompt.flatMap((message): Message[] => {
    if (message.role === 'system') return [{ role: 'system', text: message.content }];
    if (message.role === 'tool') return [];
    const text = message.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
    return [{ role: message.role, text }];
  });
}

function usageOf(input: number, output: number): LanguageModelV4Usage {
  return {
    inputTokens: { total: input, noCache: input, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: output, text: output, reasoning: 0 },
  };
}
