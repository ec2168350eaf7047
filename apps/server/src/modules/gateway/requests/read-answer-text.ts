// The words in a body or an answer of any of the protocols spoken here, for people who read the log: found by the names of
// the fields that carry text, bounded, never an error.
import { isObject, parseObject } from '../usage/index.ts';

const TEXT_MAX = 32_000;
const KEYS = new Set([
  'content',
  'text',
  'delta',
  'arguments',
  'partial_json',
  'refusal',
  'prompt',
  'input',
  'system',
  'instructions',
  'thinking',
  'reasoning_content',
]);
const INSIDE = new Set([
  'messages',
  'choices',
  'message',
  'parts',
  'output',
  'tool_calls',
  'function',
  'content_block',
  'item',
]);

/** The words a caller sent, each part on a line of its own; at most 32,000 characters. */
export function readRequestText(json: Readonly<Record<string, unknown>>): string {
  const parts: string[] = [];
  gather(json, parts, 0);
  return parts.join('\n').slice(0, TEXT_MAX);
}

/** The words of a whole answer or of a stream's events; at most 32,000 characters. */
export function readAnswerText(bytes: Buffer): string {
  const whole = parseObject(bytes);
  const parts: string[] = [];
  if (whole) {
    gather(whole, parts, 0);
    return parts.join('\n').slice(0, TEXT_MAX);
  }
  for (const line of bytes.toString().split('\n')) {
    if (!line.startsWith('data:')) continue;
    const event = parseObject(Buffer.from(line.slice(5)));
    // The event that ends OpenAI's newer streams repeats the whole answer.
    if (
      event &&
      !String(event.type ?? '').endsWith('.completed') &&
      !String(event.type ?? '').endsWith('.done')
    )
      gather(event, parts, 0);
  }
  return parts.join('').slice(0, TEXT_MAX);
}

function gather(value: unknown, parts: string[], depth: number): void {
  if (depth > 12 || parts.length > 5_000) return;
  if (Array.isArray(value)) for (const one of value) gather(one, parts, depth + 1);
  if (!isObject(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'string') {
      if (KEYS.has(key)) parts.push(inner);
    } else if (KEYS.has(key) && Array.isArray(inner)) {
      for (const one of inner) typeof one === 'string' ? parts.push(one) : gather(one, parts, depth + 1);
    } else if (KEYS.has(key) || INSIDE.has(key)) gather(inner, parts, depth + 1);
  }
}
