// Anthropic's Messages API, version 2023-06-01: `POST /v1/messages`, its stream (message_start … message_stop, with pings),
// its usage with cache reads and writes, its errors (529 overloaded_error included), and `GET /v1/models`. From Anthropic's
// API reference and what @ai-sdk/anthropic parses.
import { argumentsOf, type Script, type ScriptedWire, sse } from './wire.ts';

const TYPES: Record<number, string> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
  500: 'api_error',
  529: 'overloaded_error',
};
const errorOf = (status: number, message: string) => ({
  type: 'error',
  error: { type: TYPES[status] ?? 'api_error', message },
  request_id: 'req_fake',
});

function usageOf({ usage }: Script) {
  return {
    input_tokens: usage.input,
    cache_creation_input_tokens: usage.written,
    cache_read_input_tokens: usage.cached,
    output_tokens: usage.output + usage.reasoning,
    output_tokens_details: { thinking_tokens: usage.reasoning },
  };
}

const message = (content: unknown[], stopReason: string | null, usage: unknown) => ({
  id: 'msg_fake',
  type: 'message',
  role: 'assistant',
  model: 'claude-fake',
  content,
  stop_reason: stopReason,
  stop_sequence: null,
  usage,
});
const stopOf = ({ calls = [] }: Script) => (calls.length > 0 ? 'tool_use' : 'end_turn');

function whole(script: Script) {
  const { thoughts, textPieces, calls = [] } = script;
  const content = [
    ...(thoughts ? [{ type: 'thinking', thinking: thoughts, signature: 'c2ln' }] : []),
    ...(textPieces.length > 0 ? [{ type: 'text', text: textPieces.join('') }] : []),
    ...calls.map((call) => ({
      type: 'tool_use',
      id: call.id,
      name: call.name,
      input: JSON.parse(argumentsOf(call)),
    })),
  ];
  return message(content, stopOf(script), usageOf(script));
}

type Block = { start: Record<string, unknown>; deltas: Record<string, unknown>[] };

function blocksOf({ thoughts, textPieces, calls = [] }: Script): Block[] {
  const thinking = {
    start: { type: 'thinking', thinking: '', signature: '' },
    deltas: [
      { type: 'thinking_delta', thinking: thoughts },
      { type: 'signature_delta', signature: 'c2ln' },
    ],
  };
  const text = {
    start: { type: 'text', text: '' },
    deltas: textPieces.map((piece) => ({ type: 'text_delta', text: piece })),
  };
  return [
    ...(thoughts ? [thinking] : []),
    ...(textPieces.length > 0 ? [text] : []),
    ...calls.map((call) => ({
      start: { type: 'tool_use', id: call.id, name: call.name, input: {} },
      deltas: call.argumentPieces.map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
    })),
  ];
}

function stream(script: Script): Buffer[] {
  const event = (type: string, fields: object = {}) => sse({ type, ...fields }, type);
  const { output_tokens, output_tokens_details, ...input } = usageOf(script);
  return [
    event('message_start', { message: message([], null, { ...input, output_tokens: 1 }) }),
    event('ping'),
    ...blocksOf(script).flatMap(({ start, deltas }, index) => [
      event('content_block_start', { index, content_block: start }),
      ...deltas.map((delta) => event('content_block_delta', { index, delta })),
      event('content_block_stop', { index }),
    ]),
    event('message_delta', {
      delta: { stop_reason: stopOf(script), stop_sequence: null },
      usage: { output_tokens, output_tokens_details },
    }),
    event('message_stop'),
  ];
}

export const anthropicWire: ScriptedWire = {
  provider: 'anthropic',
  name: 'Anthropic',
  fields: { api_key: 'sk-ant-fake-key-0123456789' },
  basePath: '/v1',
  reports: { cached: true, written: true, reasoning: true },
  isAccepted: ({ headers }) =>
    headers['x-api-key'] === 'sk-ant-fake-key-0123456789' && headers['anthropic-version'] === '2023-06-01',
  readRoute: ({ method, path, body }) => {
    if (method === 'GET') return path.startsWith('/v1/models') ? 'models' : undefined;
    if (path !== '/v1/messages' || typeof body.max_tokens !== 'number') return undefined;
    return body.stream === true ? 'stream' : 'whole';
  },
  whole,
  stream,
  streamType: 'text/event-stream; charset=utf-8',
  error: (status, text) => ({ json: errorOf(status, text) }),
  refusal: { status: 401, json: errorOf(401, 'invalid x-api-key') },
  errorEvent: {
    bytes: sse({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'error'),
    status: 529,
  },
  models: {
    data: [{ type: 'model', id: 'claude-fake', display_name: 'Fake', created_at: '2026-01-01T00:00:00Z' }],
    has_more: false,
    first_id: 'claude-fake',
    last_id: 'claude-fake',
  },
};
