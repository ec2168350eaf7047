// OpenAI's Responses. Its stream ends with an event that carries the whole answer and its usage. Format: OpenAI's API reference
// for streaming events; errors come as a flat `error` event, as one with an `error` in it, or inside `response.failed`.
import { encodeFailure, type Failure } from '../relay/failure-of.ts';
import { isObject, responsesCountsOf, type Seen, type StreamMarks, stringBytes } from '../usage/index.ts';
import { chatWire } from './chat-wire.ts';
import { findTypedEvent } from './find-typed-event.ts';
import type { SurfaceWire } from './surface-wire.ts';

const marks: StreamMarks = {
  findEnd: (text) => findTypedEvent(text, ['response.completed', 'response.incomplete']),
  textKey: '"delta"',
  noteUsage(event: Record<string, unknown>, seen: Seen) {
    const usage = responsesCountsOf(isObject(event.response) ? event.response.usage : undefined);
    if (usage) seen.usage = usage;
    return false;
  },
  errorIn(event) {
    if (event.type === 'error') return isObject(event.error) ? event.error : event;
    if (event.type === 'response.failed' && isObject(event.response)) return event.response.error ?? {};
    return isObject(event.error) ? event.error : undefined;
  },
  endReports: true,
};

/** The Responses of OpenAI. */
export const responsesWire: SurfaceWire = {
  ...chatWire,
  surface: 'responses',
  path: '/responses',
  limits: ['max_output_tokens'],
  asksUsage: false,
  marks,
  countsOf: responsesCountsOf,
  textBytesIn: ({ output }) =>
    Array.isArray(output)
      ? output.reduce((sum: number, part) => sum + (isObject(part) ? stringBytes(spoken(part)) : 0), 0)
      : 0,
  // What runs on behind the answer would be used without being metered.
  refuse: ({ background }) => (background === true ? 'background' : undefined),
  encodeFailureEvent: encodeEvent,
};

function spoken({ content, summary, arguments: input }: Record<string, unknown>): unknown {
  return { content, summary, input };
}

/** The flat event of the reference with the `error` that OpenAI's SDKs look for. */
function encodeEvent(failure: Failure): Buffer {
  const { error } = JSON.parse(encodeFailure(failure).toString()) as { error?: unknown };
  const { code, message } = failure;
  const event = { type: 'error', code, message, param: null, sequence_number: 0, error };
  return Buffer.from(`event: error\ndata: ${JSON.stringify(event)}\n\n`);
}
