// The usage a provider reports, found in bytes without parsing the rest of the answer, as four disjoint classes of tokens.
// Text of the model cannot pass for it: inside a JSON string the quotes of `"usage"` would be escaped.
import type { TokenCounts } from '../ledger/index.ts';
import { isObject } from './parse-object.ts';

const KEY = '"usage"';
const QUOTE_OBJECT = /^"usage"[ \t\r\n]*:[ \t\r\n]*\{/;
const BACKSLASH = 0x5c;
const TRIES_MAX = 8;

/**
 * The usage of a whole answer, as `counts` understands it. A field of the outermost object is one from whose key to the end of the body is, behind an
 * opening brace, an object itself; anything deeper leaves brackets too many.
 */
export function readUsage(
  body: Buffer,
  counts: (usage: unknown) => TokenCounts | undefined = countsOf,
): TokenCounts | undefined {
  let at = body.lastIndexOf(KEY);
  for (let tries = 0; at > 0 && tries < TRIES_MAX; tries++) {
    if (body[at - 1] !== BACKSLASH && QUOTE_OBJECT.test(body.toString('latin1', at, at + 64))) {
      const found = counts(fieldFrom(body, at));
      if (found) return found;
    }
    at = body.lastIndexOf(KEY, at - 1);
  }
  return undefined;
}

function fieldFrom(body: Buffer, at: number): unknown {
  try {
    return (JSON.parse(`{${body.toString('latin1', at)}`) as { usage?: unknown }).usage;
  } catch {
    return undefined;
  }
}

/** The usage of one event of a chat stream; some providers put it into their own corner of the event. */
export function readEventUsage(event: Readonly<Record<string, unknown>>): TokenCounts | undefined {
  const own = isObject(event.x_groq) ? event.x_groq.usage : undefined;
  const choice: unknown = Array.isArray(event.choices) ? event.choices[0] : undefined;
  return countsOf(event.usage) ?? countsOf(own) ?? (isObject(choice) ? countsOf(choice.usage) : undefined);
}

/**
 * OpenAI's usage object as disjoint classes: `prompt_tokens` includes what was cached and `completion_tokens` what was
 * reasoned, unless `total_tokens` says that reasoning comes on top. Undefined when a number is missing or absurd.
 */
export function countsOf(usage: unknown): TokenCounts | undefined {
  if (!isObject(usage)) return undefined;
  const prompt = countIn(usage.prompt_tokens);
  const completion = countIn(usage.completion_tokens ?? 0);
  const total = countIn(usage.total_tokens ?? 0);
  const cached = countIn(
    detail(usage.prompt_tokens_details, 'cached_tokens') ?? usage.prompt_cache_hit_tokens ?? 0,
  );
  const reasoning = countIn(detail(usage.completion_tokens_details, 'reasoning_tokens') ?? 0);
  if (prompt === undefined || completion === undefined || cached === undefined || reasoning === undefined) {
    return undefined;
  }
  const onTop = reasoning > 0 && total === prompt + completion + reasoning;
  return {
    input_tokens: Math.max(0, prompt - cached),
    cached_input_tokens: Math.min(cached, prompt),
    output_tokens: onTop ? completion : Math.max(0, completion - reasoning),
    reasoning_tokens: onTop ? reasoning : Math.min(reasoning, completion),
  };
}

/** The usage object of OpenAI's Responses: the same classes by other names. */
export function responsesCountsOf(usage: unknown): TokenCounts | undefined {
  if (!isObject(usage)) return undefined;
  return countsOf({
    prompt_tokens: usage.input_tokens,
    completion_tokens: usage.output_tokens,
    total_tokens: usage.total_tokens,
    prompt_tokens_details: usage.input_tokens_details,
    completion_tokens_details: usage.output_tokens_details,
  });
}

/**
 * Anthropic's usage object: its input excludes what was read from the cache and what was written to it. What was written
 * counts as input, what was read as cached; the thinking it tells of is part of its output.
 */
export function anthropicCountsOf(usage: unknown): TokenCounts | undefined {
  if (!isObject(usage)) return undefined;
  const input = countIn(usage.input_tokens);
  const written = countIn(usage.cache_creation_input_tokens ?? 0);
  const cached = countIn(usage.cache_read_input_tokens ?? 0);
  const output = countIn(usage.output_tokens ?? 0);
  const reasoning = countIn(detail(usage.output_tokens_details, 'thinking_tokens') ?? 0);
  if (input === undefined || written === undefined || cached === undefined) return undefined;
  if (output === undefined || reasoning === undefined) return undefined;
  return {
    input_tokens: input + written,
    cached_input_tokens: cached,
    output_tokens: Math.max(0, output - reasoning),
    reasoning_tokens: Math.min(reasoning, output),
  };
}

function detail(details: unknown, name: string): unknown {
  return isObject(details) ? details[name] : undefined;
}

/** Providers count in whole numbers; more than 2^31-1 tokens in a call is no count. */
function countIn(value: unknown): number | undefined {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 2_147_483_647
    ? (value as number)
    : undefined;
}
