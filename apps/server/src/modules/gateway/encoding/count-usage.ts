// The usage of a canonical answer as four disjoint classes of tokens. What the provider itself said counts, where it is in a form
// that the relay reads as well: then a call costs the same, translated or not.
import type { LanguageModelV4Usage } from '@ai-sdk/provider';
import type { TokenCounts } from '../ledger/index.ts';
import { anthropicCountsOf, countsOf, isObject } from '../usage/index.ts';

/** The classes of tokens; what was written to a cache counts as input. Undefined when the provider said nothing. */
export function countUsage({
  inputTokens,
  outputTokens,
  raw,
}: LanguageModelV4Usage): TokenCounts | undefined {
  const own = isObject(raw) ? (countsOf(raw) ?? ownAnthropic(raw)) : undefined;
  if (own) return own;
  const cached = inputTokens.cacheRead ?? 0;
  const fresh =
    inputTokens.noCache === undefined ? undefined : inputTokens.noCache + (inputTokens.cacheWrite ?? 0);
  const input =
    fresh ?? (inputTokens.total === undefined ? undefined : Math.max(0, inputTokens.total - cached));
  const reasoning = outputTokens.reasoning ?? 0;
  const output =
    outputTokens.text ?? (outputTokens.total === undefined ? undefined : outputTokens.total - reasoning);
  if (input === undefined && output === undefined) return undefined;
  const classes = {
    input_tokens: input ?? 0,
    cached_input_tokens: cached,
    output_tokens: Math.max(0, output ?? 0),
    reasoning_tokens: reasoning,
  };
  return Object.values(classes).every((count) => Number.isInteger(count) && count >= 0) ? classes : undefined;
}

/** Anthropic's own usage has names that others use as well, but only it tells of writes to the cache. */
function ownAnthropic(raw: Record<string, unknown>): TokenCounts | undefined {
  return 'cache_creation_input_tokens' in raw && !('iterations' in raw) ? anthropicCountsOf(raw) : undefined;
}
