// Cohere's API v2: `POST /v2/chat` with its stream (message-start … message-end, tool-plan-delta, tool-call-*), `POST
// /v2/embed`, and the list of models, which exists at `/v1/models` only. From Cohere's API reference and what @ai-sdk/cohere
// parses.
import { argumentsOf, type Script, type ScriptedWire, sse } from './wire.ts';

function usageOf({ usage }: Script) {
  const [input, output] = [usage.input + usage.cached, usage.output];
  return {
    billed_units: { input_tokens: input, output_tokens: output },
    tokens: { input_tokens: input + 493, output_tokens: output + 2 }, // with Cohere's own preamble
    cached_tokens: usage.cached,
  };
}
const finishOf = ({ calls = [] }: Script) => (calls.length > 0 ? 'TOOL_CALL' : 'COMPLETE');
const callOf = (id: string, name: string, text: string) => ({
  id,
  type: 'function',
  function: { name, arguments: text },
});

function whole(script: Script) {
  const { thoughts, textPieces, calls = [] } = script;
  const content = [
    ...(thoughts ? [{ type: 'thinking', thinking: thoughts }] : []),
    ...(textPieces.length > 0 ? [{ type: 'text', text: textPieces.join('') }] : []),
  ];
  const tools = calls.map((call) => callOf(call.id, call.name, argumentsOf(call)));
  return {
    id: 'fake-generation',
    finish_reason: finishOf(script),
    message: {
      role: 'assistant',
      content,
      ...(tools.length > 0 ? { tool_plan: 'I will look.', tool_calls: tools } : {}),
    },
    usage: usageOf(script),
  };
}

function stream(script: Script): Buffer[] {
  const { thoughts, textPieces, calls = [] } = script;
  const event = (type: string, index: number, told?: object) =>
    sse({ type, index, ...(told ? { delta: { message: told } } : {}) }, type);
  const block = (index: number, type: 'text' | 'thinking', pieces: readonly string[]) => [
    event('content-start', index, { content: { type, [type]: '' } }),
    ...pieces.map((piece) => event('content-delta', index, { content: { [type]: piece } })),
    event('content-end', index),
  ];
  return [
    sse(
      { id: 'fake-generation', type: 'message-start', delta: { message: { role: 'assistant' } } },
      'message-start',
    ),
    ...(thoughts ? block(0, 'thinking', [thoughts]) : []),
    ...(textPieces.length > 0 ? block(thoughts ? 1 : 0, 'text', textPieces) : []),
    ...(calls.length > 0 ? [event('tool-plan-delta', 0, { tool_plan: 'I will look.' })] : []),
    ...calls.flatMap((call, index) => [
      event('tool-call-start', index, { tool_calls: callOf(call.id, call.name, '') }),
      ...call.argumentPieces.map((piece) =>
        event('tool-call-delta', index, { tool_calls: { function: { arguments: piece } } }),
      ),
      event('tool-call-end', index),
    ]),
    sse(
      { type: 'message-end', delta: { finish_reason: finishOf(script), usage: usageOf(script) } },
      'message-end',
    ),
  ];
}

export const cohereWire: ScriptedWire = {
  provider: 'cohere',
  name: 'Cohere',
  fields: { api_key: 'co-fake-key-0123456789' },
  basePath: '/v2',
  reports: { cached: true, written: false, reasoning: false },
  isAccepted: ({ headers }) => headers.authorization === 'Bearer co-fake-key-0123456789',
  readRoute: ({ method, path, body }) => {
    if (method === 'GET') return path.startsWith('/v1/models') ? 'models' : undefined;
    if (path === '/v2/embed') return 'embeddings';
    if (path !== '/v2/chat') return undefined;
    return body.stream === true ? 'stream' : 'whole';
  },
  whole,
  stream,
  streamType: 'text/event-stream',
  error: (_status, message) => ({ json: { id: 'fake', message } }),
  refusal: { status: 401, json: { id: 'fake', message: 'invalid api token' } },
  models: {
    models: [
      { name: 'command-fake', endpoints: ['chat', 'generate'] },
      { name: 'embed-fake', endpoints: ['embed'] },
      { name: 'rerank-fake', endpoints: ['rerank'] },
    ],
    next_page_token: null,
  },
  embeddings: {
    textsIn: (body) => body.texts as string[],
    dimensionsIn: (body) => body.output_dimension,
    answer: (vectors, tokens) => ({
      id: 'fake',
      embeddings: { float: vectors },
      meta: { api_version: { version: '2' }, billed_units: { input_tokens: tokens } },
    }),
    reportsUsage: true,
  },
};
