// The body that goes to the provider. Bytes pass as they came, with the model's name spliced and absent fields put in front;
// only a body in which the provider could find another model than the one authorised is written anew.
import type { TokenCounts } from '../ledger/index.ts';
import { isObject, tokensOfBytes } from '../usage/index.ts';
import type { Ask } from './read-ask.ts';

export type PreparedRequest = {
  body: Buffer;
  /** Usage was asked for by us, not by the caller: its event stays hidden. */
  hideUsage: boolean;
  /** What the call may use at worst: a quarter of the body's bytes as input, the output limit (or 4,096) times `n`. */
  worst: TokenCounts;
};

export type Preparation = {
  upstreamModel: string;
  /** Fields of the workspace, used where the caller left them out. */
  defaults?: Readonly<Record<string, unknown>>;
  /** Whether a stream must be asked for its usage. */
  askUsage: boolean;
  /** Whether the answer has output tokens at all (embeddings have none), and the names of their one limit. */
  hasOutput: boolean;
  limits: readonly string[];
};

const OUTPUT_TOKENS_DEFAULT = 4_096;
const OUTPUT_TOKENS_MAX = 10_000_000;

/** Builds the provider's body from the caller's. */
export function prepareRequest(ask: Ask, preparation: Preparation): PreparedRequest {
  const { limits, hasOutput } = preparation;
  const absent = absentFields(ask.json, preparation.defaults ?? {}, limits);
  const options = ask.json.stream_options;
  const hideUsage =
    ask.stream && preparation.askUsage && !(isObject(options) && options.include_usage === true);
  let changed: Record<string, unknown> | undefined;
  if (hideUsage) {
    const wanted = { ...(isObject(options) ? options : {}), include_usage: true };
    if ('stream_options' in ask.json) changed = { stream_options: wanted };
    else absent.stream_options = wanted;
  }
  if (!('model' in ask.json)) absent.model = preparation.upstreamModel;
  const spliced = changed ? undefined : spliceModel(ask, preparation.upstreamModel);
  const body = spliced
    ? prepend(spliced, absent)
    : Buffer.from(JSON.stringify({ ...absent, ...ask.json, ...changed, model: preparation.upstreamModel }));
  const worst = worstOf(body.length, { ...absent, ...ask.json }, hasOutput ? limits : []);
  return { body, hideUsage, worst };
}

/** `max_tokens` and `max_completion_tokens` are one limit: a default for one does not override the other. */
function absentFields(
  json: Ask['json'],
  defaults: Readonly<Record<string, unknown>>,
  limits: readonly string[],
): Record<string, unknown> {
  const absent: Record<string, unknown> = {};
  const limited = limits.some((name) => name in json);
  for (const [name, value] of Object.entries(defaults)) {
    if (name in json || (limited && limits.includes(name))) continue;
    absent[name] = value;
  }
  return absent;
}

const KEY = '"model"';

/**
 * The body with the model's name replaced, or undefined when it must be written anew. The one `"model"` in the bytes is the
 * field itself, since inside a string its quotes would be escaped. A second one, or one spelled with escapes (\\u006d for m),
 * could be a field that another parser prefers to the one read here.
 */
function spliceModel({ bytes, json, model }: Ask, upstreamModel: string): Buffer | undefined {
  if (!('model' in json)) return bytes;
  const at = bytes.indexOf(KEY);
  if (at < 0 || bytes.indexOf(KEY, at + KEY.length) >= 0 || bytes.includes('\\u006')) return undefined;
  if (model === upstreamModel) return bytes;
  const open = bytes.indexOf('"', at + KEY.length);
  let close = open + 1;
  while (bytes[close] !== 0x22) close += bytes[close] === 0x5c ? 2 : 1;
  const name = Buffer.from(JSON.stringify(upstreamModel));
  return Buffer.concat([bytes.subarray(0, open), name, bytes.subarray(close + 1)]);
}

/** Puts fields in front of a JSON object that has at least one. */
function prepend(bytes: Buffer, fields: Record<string, unknown>): Buffer {
  const text = JSON.stringify(fields);
  if (text === '{}') return bytes;
  const brace = bytes.indexOf('{');
  return Buffer.concat([Buffer.from(`${text.slice(0, -1)},`), bytes.subarray(brace + 1)]);
}

/** The worst case of a body of `bodyBytes`: without names for a limit there is no output. */
export function worstOf(bodyBytes: number, json: Ask['json'], limits: readonly string[]): TokenCounts {
  let limit: number | undefined;
  for (const name of limits) limit ??= countIn(json[name]);
  const times = (countIn(json.n) ?? 1) * (limits.length > 0 ? 1 : 0);
  const output = Math.min((limit ?? OUTPUT_TOKENS_DEFAULT) * times, OUTPUT_TOKENS_MAX);
  return {
    input_tokens: tokensOfBytes(bodyBytes),
    cached_input_tokens: 0,
    output_tokens: output,
    reasoning_tokens: 0,
  };
}

function countIn(value: unknown): number | undefined {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= OUTPUT_TOKENS_MAX
    ? (value as number)
    : undefined;
}
