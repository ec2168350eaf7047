// The key of a question: a keyed hash over everything that determines its answer, under organization, workspace and
// generation. Every part is written with its kind and length, so that two different questions never have one key.
import { createHmac } from 'node:crypto';
import type { LanguageModelV4CallOptions, LanguageModelV4Message } from '@ai-sdk/provider';

/** A question to a model as it was resolved: surface, provider and model, and the decoded options. */
export type Question = { surface: string; model: string; options: LanguageModelV4CallOptions };
export type KeyPlace = { organizationId: string; workspaceId: string; generation: number };

/** Headers that change what a provider answers; all others are about the way there. */
const telling = /^(?:anthropic|openai)-/i;

/** The key of the question, without its place. `hashKey` is known to this installation only. */
export function makeCacheKey(hashKey: Buffer, question: Question): string {
  return hashOf(hashKey, partsOf(question, question.options.prompt));
}

/** What a question and the ones that mean the same have in common, and the text that may differ; undefined if it is not one text. */
export function splitQuestion(
  hashKey: Buffer,
  question: Question,
): { group: string; text: string } | undefined {
  const { prompt, tools, responseFormat } = question.options;
  if ((tools && tools.length > 0) || (responseFormat && responseFormat.type !== 'text')) return undefined;
  const others = prompt.filter((message) => message.role === 'system');
  const [asked, ...more] = prompt.filter((message) => message.role !== 'system');
  if (asked?.role !== 'user' || more.length > 0 || prompt.at(-1) !== asked) return undefined;
  const text = textOf(asked);
  if (text === undefined || text.trim() === '') return undefined;
  const settings = asked.providerOptions ?? null;
  return { group: hashOf(hashKey, [partsOf(question, others), settings]), text };
}

function textOf(message: Extract<LanguageModelV4Message, { role: 'user' }>): string | undefined {
  const texts = message.content.map((part) => (part.type === 'text' ? part.text : undefined));
  return texts.includes(undefined) ? undefined : texts.join('\n');
}

/** Where a question of a workspace is kept. The braces keep an organization's keys on one node of a Redis cluster. */
export function placeKey({ organizationId, workspaceId, generation }: KeyPlace, rest = ''): string {
  if (organizationId.length !== 36 || workspaceId.length !== 36)
    throw new TypeError('A cached answer belongs to an organization and a workspace, named by their ids.');
  return `{${organizationId}}:${workspaceId}:${generation}:${rest.length}:${rest}`;
}

function partsOf({ surface, model, options }: Question, prompt: unknown): unknown {
  const {
    abortSignal: _signal,
    includeRawChunks: _raw,
    headers = {},
    prompt: _prompt,
    ...settings
  } = options;
  const own = Object.entries(headers).filter(([name]) => telling.test(name));
  const named = Object.fromEntries(own.map(([name, value]) => [name.toLowerCase(), value]));
  return [surface, model, prompt, settings, named];
}

function hashOf(hashKey: Buffer, value: unknown): string {
  // As UTF-16: in UTF-8, different halves of character pairs would be written the same.
  return createHmac('sha256', hashKey)
    .update(Buffer.from(writeCanonical(value), 'utf16le'))
    .digest('base64url');
}

const DEPTH_MAX = 500;

/** The value in one spelling: keys sorted, what is undefined left out, each piece with its kind and length. */
export function writeCanonical(value: unknown, depth = 0): string {
  if (depth > DEPTH_MAX) throw new RangeError('A value is nested too deeply.');
  if (value === null || value === undefined) return 'n';
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (typeof value === 'number') return piece('d', String(value));
  if (typeof value === 'string') return piece('s', value);
  if (value instanceof Uint8Array) return piece('b', Buffer.from(value).toString('base64'));
  if (value instanceof URL) return piece('u', value.href);
  if (Array.isArray(value))
    return piece('a', `${value.length}:${value.map((one) => writeCanonical(one, depth + 1)).join('')}`);
  const entries = Object.entries(value as object)
    .filter(([, own]) => own !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const written = entries.map(([key, own]) => piece('k', key) + writeCanonical(own, depth + 1));
  return piece('o', `${entries.length}:${written.join('')}`);
}

function piece(kind: string, text: string): string {
  return `${kind}${text.length}:${text}`;
}
