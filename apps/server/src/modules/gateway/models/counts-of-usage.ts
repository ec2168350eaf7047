// The usage an AI SDK model reports, as four disjoint classes. What the provider said is authoritative (`raw`) where the SDK
// loses something: Cohere's billed units, and the cached or reasoned tokens of Cohere and Mistral. Tokens written to a cache are input: they are new to the
// provider, and no class of ours is nearer (Anthropic charges a quarter more for them, which a price list cannot say yet).
import type { LanguageModelV4Usage } from '@ai-sdk/provider';
import type { TokenCounts } from '../ledger/index.ts';
import { isObject } from '../usage/index.ts';

const COUNT_MAX = 2_147_483_647;

/** The classes; undefined when the provider reported nothing, or no whole numbers. */
export function countsOfUsage(usage: LanguageModelV4Usage): TokenCounts | undefined {
  const { inputTokens, outputTokens, raw } = usage;
  const billed = isObject(raw) && isObject(raw.billed_units) ? raw.billed_units : {};
  const input = countIn(billed.input_tokens) ?? countIn(inputTokens.total);
  const output = countIn(billed.output_tokens) ?? countIn(outputTokens.total);
  if (input === undefined && output === undefined) return undefined;
  const cached = Math.min(inputTokens.cacheRead || cachedIn(raw), input ?? 0);
  const reasoning = Math.min(outputTokens.reasoning || reasoningIn(raw), output ?? 0);
  return {
    input_tokens: (input ?? 0) - cached,
    cached_input_tokens: cached,
    output_tokens: (output ?? 0) - reasoning,
    reasoning_tokens: reasoning,
  };
}

function cachedIn(raw: unknown): number {
  return isObject(raw) ? (countIn(raw.cached_tokens) ?? 0) : 0;
}

function reasoningIn(raw: unknown): number {
  const details = isObject(raw) ? raw.completion_tokens_details : undefined;
  return isObject(details) ? (countIn(details.reasoning_tokens) ?? 0) : 0;
}

function countIn(value: unknown): number | undefined {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= COUNT_MAX
    ? (value as number)
    : undefined;
}
