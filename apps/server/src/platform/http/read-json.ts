// JSON from outside: bounded in depth before it is parsed, free of text that the database cannot hold afterwards.
import { problem } from '@insula/contract';

const DEPTH_MAX = 64;

/** Parses JSON nested at most 64 levels deep; throws `invalid_request` with words for the person otherwise. */
export function readJson(text: string): unknown {
  if (depthOf(text) > DEPTH_MAX)
    throw problem('invalid_request', { detail: `the JSON is nested deeper than ${DEPTH_MAX} levels.` });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw problem('invalid_request', { detail: `the body is not JSON: ${(error as Error).message}` });
  }
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === 92) i++;
      else if (c === 34) quoted = false;
    } else if (c === 34) quoted = true;
    else if (c === 123 || c === 91) {
      if (++depth > deepest) deepest = depth;
    } else if (c === 125 || c === 93) depth--;
  }
  return deepest;
}

/** Refuses null bytes and half characters (lone surrogates) anywhere in a parsed value: the database cannot hold them, and nobody means them. */
export function refuseBrokenText(value: unknown, path: (string | number)[] = []): void {
  if (typeof value === 'string') {
    const where = path.join('.') || 'a value';
    if (value.includes('\0')) throw problem('invalid_request', { detail: `${where} contains a null byte.` });
    if (!value.isWellFormed())
      throw problem('invalid_request', { detail: `${where} contains half a character (a lone surrogate).` });
  } else if (Array.isArray(value)) {
    for (const [i, one] of value.entries()) refuseBrokenText(one, [...path, i]);
  } else if (value !== null && typeof value === 'object') {
    for (const [key, one] of Object.entries(value)) {
      refuseBrokenText(key, [...path, 'a key']);
      refuseBrokenText(one, [...path, key]);
    }
  }
}
