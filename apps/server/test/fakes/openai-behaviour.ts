// How the fake provider behaves towards one request: well, or in any of the ways that providers really fail.

/** What a behaviour may ask for; absent means well-behaved. */
export type Behaviour = {
  /** Wait before the head of the answer. */
  delayMs?: number;
  /** The words of the answer: one delta each in a stream. */
  words?: readonly string[];
  /** The answer calls this tool instead of speaking. */
  toolCall?: { name: string; arguments: string };
  /** Usage as reported; false: none is. Default: counted from the words. */
  usage?: Record<string, unknown> | false;
  /** An error in OpenAI's shape, with this status. */
  status?: number;
  retryAfter?: string;
  /** A body in place of the API's: an error page, garbage, a compressed one. */
  body?: { type: string; bytes: Buffer | string; encoding?: string };
  /** Answers with a redirect to this address. */
  redirect?: string;
  /** Never answers at all. */
  isSilent?: boolean;
  /** After so many events (or half of a whole answer): the socket is destroyed, nothing more comes, or the provider tells of an error. */
  cutAfter?: number;
  stallAfter?: number;
  errorAfter?: number;
  /** Ends the stream properly, but without `data: [DONE]`. */
  isWithoutDone?: boolean;
  /** Keeps the connection open after `data: [DONE]`. */
  isLeftOpen?: boolean;
  /** Writes in pieces of so many bytes, and pauses after each. */
  pieceBytes?: number;
  pauseMs?: number;
  /** Server-sent events as the standard allows them too: CR LF, comments, no blank after the colon. */
  spelling?: { lineEnd?: string; comments?: boolean; blank?: string };
  /** How many bytes of text the answer carries on top of its words. */
  hugeBytes?: number;
};

const ERROR_PAGE = '<html><body><h1>502 Bad Gateway</h1></body></html>';

/** Behaviours by the model's name, for tests that reach the provider through a whole server. */
export const behavioursByModel: Readonly<Record<string, Behaviour>> = {
  'fake-slow': { delayMs: 300 },
  'fake-429': { status: 429, retryAfter: '7' },
  'fake-400': { status: 400 },
  'fake-500': { status: 500 },
  'fake-503': { status: 503 },
  'fake-cut': { cutAfter: 3 },
  'fake-stall': { stallAfter: 3 },
  'fake-silent': { isSilent: true },
  'fake-garbage': { body: { type: 'application/json', bytes: '{"id":"chatcmpl-1","choi' } },
  'fake-html': { status: 502, body: { type: 'text/html', bytes: ERROR_PAGE } },
  'fake-huge': { hugeBytes: 64 * 1024 * 1024 },
  'fake-drip': { pieceBytes: 7, pauseMs: 1 },
  'fake-no-usage': { usage: false },
  'fake-error-event': { errorAfter: 3 },
  'fake-tool': { toolCall: { name: 'get_weather', arguments: '{"city":"Rome"}' } },
};
