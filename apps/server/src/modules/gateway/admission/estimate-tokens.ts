// How many tokens a call is taken to use before it is made; corrected when it has settled.
import type { Ask } from '../relay/index.ts';
import { tokensOfBytes } from '../usage/index.ts';

/** Output of a call that names no limit: less than the worst case, or every short question would fill a minute's tokens. */
const OUTPUT_TOKENS = 512;
const OUTPUT_TOKENS_MAX = 10_000_000;

/** Tokens of a call: a quarter of its bytes, and the output it asks for. */
export function estimateTokens(ask: Pick<Ask, 'bytes' | 'json'>, hasOutput: boolean): number {
  const input = tokensOfBytes(ask.bytes.length);
  if (!hasOutput) return input;
  const limit = countIn(ask.json.max_completion_tokens) ?? countIn(ask.json.max_tokens) ?? OUTPUT_TOKENS;
  return input + limit * Math.min(countIn(ask.json.n) ?? 1, 128);
}

function countIn(value: unknown): number | undefined {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= OUTPUT_TOKENS_MAX
    ? (value as number)
    : undefined;
}
