// Anthropic's Messages. Input tokens are told at the beginning of a stream and output tokens near its end; a stream that is cut
// in between was not used as little as its beginning says. Format: Anthropic's API reference, streaming and errors.
import type { Failure } from '../relay/failure-of.ts';
import { anthropicCountsOf, isObject, type Seen, type StreamMarks, stringBytes } from '../usage/index.ts';
import { findTypedEvent } from './find-typed-event.ts';
import type { SurfaceWire } from './surface-wire.ts';

const marks: StreamMarks = {
  findEnd: (text) => findTypedEvent(text, ['message_stop']),
  textKey: '"delta"',
  noteUsage,
  errorIn: ({ error }) => (isObject(error) ? error : undefined),
};

function noteUsage(event: Record<string, unknown>, seen: Seen): boolean {
  if (event.type === 'message_start' && isObject(event.message)) {
    const counts = anthropicCountsOf(event.message.usage);
    if (counts)
      seen.input = { input_tokens: counts.input_tokens, cached_input_tokens: counts.cached_input_tokens };
  } else if (event.type === 'message_delta' && isObject(event.usage)) {
    const counts = anthropicCountsOf({ input_tokens: 0, ...event.usage });
    if (!counts) return false;
    // What the end does not repeat stands as the beginning had it.
    const repeats = typeof event.usage.input_tokens === 'number';
    seen.usage = repeats ? counts : { ...counts, ...seen.input };
  }
  return false;
}

const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};
const STATUSES: Readonly<Record<string, number>> = {
  ...Object.fromEntries(Object.entries(TYPES).map(([status, type]) => [type, Number(status)])),
  authentication_error: 502, // it is our credential that was refused, not the caller's
  api_error: 500,
};

/** An error as Anthropic says it; the type follows the status. */
export function encodeAnthropicError(status: number, message: string): Buffer {
  const type = TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
  return Buffer.from(JSON.stringify({ type: 'error', error: { type, message } }));
}

const encodeFailure = ({ body, status, message }: Failure): Buffer =>
  body ?? encodeAnthropicError(status, message);

/** The Messages of Anthropic. */
export const messagesWire: SurfaceWire = {
  surface: 'messages',
  protocol: 'anthropic',
  path: '/messages',
  hasOutput: true,
  limits: ['max_tokens'],
  asksUsage: false,
  marks,
  countsOf: anthropicCountsOf,
  textBytesIn: ({ content }) => (Array.isArray(content) ? stringBytes(content) : 0),
  statusOf: (said) => (isObject(said) ? STATUSES[String(said.type)] : undefined),
  encodeFailure,
  encodeFailureEvent: (failure) =>
    Buffer.concat([Buffer.from('event: error\ndata: '), encodeFailure(failure), Buffer.from('\n\n')]),
};

/** Counting the tokens of Messages: nothing is generated, and nothing is charged. */
export const countTokensWire: SurfaceWire = {
  ...messagesWire,
  surface: 'messages.count_tokens',
  path: '/messages/count_tokens',
  hasOutput: false,
  isFree: true,
};
