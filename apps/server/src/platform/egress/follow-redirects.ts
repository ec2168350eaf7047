// One call to the outside, redirects included, within one bound of time and size. Redirects are followed by hand: each
// is read and judged like a fresh address, and credentials stay with the origin they were given for.
import { Problem } from '@insula/contract';
import type { Dispatcher } from 'undici';
import { problem, refuse } from './problems.ts';
import { readAnswer } from './read-answer.ts';
import { readLocation, readUrl } from './read-url.ts';

/** A call; `body` is whole so that a redirect can repeat it. */
export type EgressRequest = {
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Most bytes taken of the answer, after decompression. Default 5 MiB. */
  maxBytes?: number;
  /** For everything: names, connection, redirects, body. Default 10 s. */
  timeoutMs?: number;
  /** Default 3; 0 answers the redirect itself. */
  maxRedirects?: number;
  signal?: AbortSignal;
};

/** A whole answer; `url` is where it came from in the end. */
export type EgressAnswer = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  url: string;
};

/** Finds the way to an origin; `redirected` origins must be on the public internet. */
export type FindDispatcher = (url: URL, redirected: boolean) => Dispatcher;

type Hop = {
  url: URL;
  method: NonNullable<EgressRequest['method']>;
  headers: Record<string, string>;
  body: string | Uint8Array | null;
};

// What another origin may see of a redirected call: an allow-list, because nobody can list all names of credentials.
const harmless = new Set(['accept', 'accept-language', 'user-agent']);
// What belongs to the connection or would change the size of the answer; never the caller's to set.
const ours = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
  'upgrade',
]);

/** Calls an address; throws `egress_*` problems whatever the other side does, or the reason of the caller's own abort. */
export async function followRedirects(
  find: FindDispatcher,
  address: string | URL,
  request: EgressRequest = {},
): Promise<EgressAnswer> {
  const { maxBytes = 5 * 2 ** 20, timeoutMs = 10_000, maxRedirects = 3 } = request;
  const first = readUrl(String(address));
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  const signal = request.signal ? AbortSignal.any([deadline.signal, request.signal]) : deadline.signal;
  let hop: Hop = {
    url: first,
    method: request.method ?? 'GET',
    headers: ownHeaders(request.headers ?? {}),
    body: request.body ?? null,
  };
  try {
    for (let followed = 0; ; followed++) {
      const redirected = hop.url.origin !== first.origin;
      const answer = await send(find(hop.url, redirected), hop, signal);
      const next = maxRedirects === 0 ? undefined : findNextHop(hop, answer);
      if (!next) return await whole(answer, hop, { maxBytes, signal });
      answer.body.on('error', () => {}).destroy();
      if (followed >= maxRedirects) throw refuse(first.host, `it redirects more than ${maxRedirects} times`);
      hop = next;
    }
  } catch (error) {
    request.signal?.throwIfAborted();
    if (error instanceof Problem) throw error;
    if (deadline.signal.aborted)
      throw problem('egress_timeout', { host: hop.url.host, timeout_ms: timeoutMs }, error);
    throw problem('egress_unreachable', { host: hop.url.host }, error);
  } finally {
    clearTimeout(timer);
  }
}

async function send(dispatcher: Dispatcher, hop: Hop, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  signal.throwIfAborted();
  const answered = dispatcher.request({
    origin: hop.url.origin,
    path: hop.url.pathname + hop.url.search,
    method: hop.method,
    headers: hop.headers,
    body: hop.body,
    signal,
  });
  // undici looks at the signal only once a connection stands: a name server or host that is silent is left here.
  const { promise: left, reject } = Promise.withResolvers<never>();
  const leave = () => reject(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  answered.catch(() => {});
  return Promise.race([answered, left]).finally(() => signal.removeEventListener('abort', leave));
}

async function whole(
  answer: Dispatcher.ResponseData,
  hop: Hop,
  bounds: { maxBytes: number; signal: AbortSignal },
): Promise<EgressAnswer> {
  const encoding = hop.method === 'HEAD' ? '' : String(answer.headers['content-encoding'] ?? '');
  const host = hop.url.host;
  const body = await readAnswer(answer.body, { ...bounds, host, encoding: encoding.trim().toLowerCase() });
  return { status: answer.statusCode, headers: answer.headers, body, url: hop.url.href };
}

/** The call that a redirect asks for, or undefined when the answer is none. */
function findNextHop(hop: Hop, answer: Dispatcher.ResponseData): Hop | undefined {
  const status = answer.statusCode;
  const location = answer.headers.location;
  if (![301, 302, 303, 307, 308].includes(status) || typeof location !== 'string') return undefined;
  const url = readLocation(location, hop.url);
  if (hop.url.protocol === 'https:' && url.protocol === 'http:') {
    throw refuse(url.host, 'a redirect leads from https to http');
  }
  const keepsBody = status === 307 || status === 308 || hop.method === 'GET' || hop.method === 'HEAD';
  const crosses = url.origin !== hop.url.origin;
  // A body can hold a secret as well as a header can (an OAuth client's, for one).
  if (crosses && keepsBody && hop.body !== null) {
    throw refuse(url.host, `a redirect of ${hop.url.host} would send it the body of the request`);
  }
  const headers = crosses ? pick(hop.headers, (name) => harmless.has(name)) : hop.headers;
  if (keepsBody) return { ...hop, url, headers };
  return {
    url,
    method: 'GET',
    headers: pick(headers, (name) => !name.startsWith('content-')),
    body: null,
  };
}

function ownHeaders(given: Record<string, string>): Record<string, string> {
  const lower = Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  return { 'user-agent': 'Insula', ...pick(lower, (name) => !ours.has(name)), 'accept-encoding': 'identity' };
}

function pick(headers: Record<string, string>, keep: (name: string) => boolean): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => keep(name)));
}
