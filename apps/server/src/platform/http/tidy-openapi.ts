// Takes out of a generated OpenAPI document what says nothing: bounds of the language's integers, styles nobody uses.
import type { OpenAPI } from '@orpc/contract';

const silent = new Set(['allowEmptyValue', 'allowReserved', 'style', 'explode', 'minimum', 'maximum']);

/** A copy without undefined values, without noise, and with one way to say that something may be null. */
export function tidyOpenapi(document: OpenAPI.Document): OpenAPI.Document {
  return tidy(document) as OpenAPI.Document;
}

function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(([key, said]) => said !== undefined && !isNoise(key, said));
  return mergeNull(Object.fromEntries(kept.map(([key, said]) => [key, tidy(said)])));
}

function isNoise(key: string, said: unknown): boolean {
  if (!silent.has(key)) return false;
  if (key === 'minimum' || key === 'maximum') return Math.abs(Number(said)) === Number.MAX_SAFE_INTEGER;
  return typeof said !== 'object';
}

/** `{ anyOf: [{ type: 'string' }, { type: 'null' }] }` → `{ type: ['string', 'null'] }`. */
function mergeNull(node: Record<string, unknown>): Record<string, unknown> {
  const choices = node.anyOf as Record<string, unknown>[] | undefined;
  const [first, second] = choices ?? [];
  if (choices?.length !== 2 || second?.type !== 'null' || typeof first?.type !== 'string') return node;
  if ('enum' in first || 'const' in first) return node;
  const { anyOf: _, ...rest } = node;
  return { ...first, ...rest, type: [first.type, 'null'] };
}
