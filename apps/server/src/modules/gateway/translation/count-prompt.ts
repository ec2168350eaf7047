// How many tokens a message would have, where the model's provider is not asked: counted by our own rule, and free.
import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { Way } from '../relay/create-relay.ts';
import { seeNothing, stringBytes, tokensOfBytes } from '../usage/index.ts';

const NO_TOKENS = { input_tokens: 0, cached_input_tokens: 0, output_tokens: 0, reasoning_tokens: 0 };

/** A call that answers the count without asking anybody: a quarter of the bytes of all text; files are not counted. */
export function countPrompt({ prompt, tools }: LanguageModelV4CallOptions): Way {
  const words = prompt.flatMap(({ content }): unknown[] =>
    typeof content === 'string' ? [content] : content.filter((part) => part.type !== 'file'),
  );
  const bytes = words.reduce((sum: number, one) => sum + stringBytes(one), 0) + stringBytes(tools);
  const body = Buffer.from(JSON.stringify({ input_tokens: tokensOfBytes(bytes) }));
  const seen = { ...seeNothing(), usage: NO_TOKENS };
  return {
    worst: NO_TOKENS,
    bodyBytes: 0,
    exchange: async () => ({
      ending: { kind: 'whole', status: 200, headers: {}, body },
      firstByteMs: 0,
      seen,
    }),
  };
}
