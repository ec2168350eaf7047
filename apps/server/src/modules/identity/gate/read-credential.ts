// One reading of credentials for every carrier and every route: `Authorization: Bearer`, and the headers that clients of
// Anthropic (`x-api-key`) and Azure (`api-key`) send. Two carriers that disagree are no credential.
import type { IncomingHttpHeaders } from 'node:http';
import { problem } from '@insula/contract';

export type Credential = { kind: 'key' | 'token'; text: string };

const carriers = ['x-api-key', 'api-key'] as const;

/** The credential of a request; throws `unauthenticated` when there is none, or more than one. */
export function readCredential(headers: IncomingHttpHeaders): Credential {
  let text = readBearer(headers.authorization);
  for (const carrier of carriers) {
    const value = headers[carrier];
    if (value === undefined) continue;
    if (typeof value !== 'string' || (text !== undefined && text !== value)) throw problem('unauthenticated');
    text = value;
  }
  if (text === undefined || text === '') throw problem('unauthenticated');
  return { kind: text.startsWith('insula_') ? 'key' : 'token', text };
}

function readBearer(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (header.length < 8 || header.slice(0, 7).toLowerCase() !== 'bearer ') throw problem('unauthenticated');
  return header.slice(7).trim();
}
