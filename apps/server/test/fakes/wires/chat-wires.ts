// The providers that speak OpenAI's chat completions, each with what sets it apart: Azure's two addresses, its filter results
// and its `api-key`; Mistral's content as a list of thoughts and text. From the providers' API references and what the
// @ai-sdk packages parse.
import { argumentsOf, type Script, type ScriptedWire, sse } from './wire.ts';

const KEY = 'sk-fake-chat-key-0123456789';

function usageOf({ usage }: Script) {
  const [prompt, completion] = [usage.input + usage.cached, usage.output + usage.reasoning];
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: usage.cached },
    completion_tokens_details: { reasoning_tokens: usage.reasoning },
  };
}
const finishOf = ({ calls = [] }: Script) => (calls.length > 0 ? 'tool_calls' : 'stop');
const base = { id: 'chatcmpl-fake', created: 1_767_225_600, model: 'fake' };
const thinking = (text: string) => [{ type: 'thinking', thinking: [{ type: 'text', text }] }];

/** How thoughts are told: in a field of their own, or (Mistral) inside the content. */
type Style = 'reasoning_content' | 'content';

function whole(script: Script, style: Style) {
  const { thoughts, textPieces, calls = [] } = script;
  const text = textPieces.join('');
  const tools = calls.map((call) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: argumentsOf(call) },
  }));
  const content =
    thoughts && style === 'content' ? [...thinking(thoughts), { type: 'text', text }] : text || null;
  const message = {
    role: 'assistant',
    content,
    ...(thoughts && style !== 'content' ? { reasoning_content: thoughts } : {}),
    ...(tools.length > 0 ? { tool_calls: tools } : {}),
  };
  const choices = [{ index: 0, message, finish_reason: finishOf(script), logprobs: null }];
  return { ...base, object: 'chat.completion', choices, usage: usageOf(script) };
}

function stream(script: Script, style: Style): Buffer[] {
  const { thoughts, textPieces, calls = [] } = script;
  const chunk = (delta: object | undefined, finish: string | null = null, more: object = {}) =>
    sse({
      ...base,
      object: 'chat.completion.chunk',
      choices: delta ? [{ index: 0, delta, finish_reason: finish }] : [],
      ...more,
    });
  const thought =
    style === 'content' ? { content: thinking(thoughts ?? '') } : { reasoning_content: thoughts };
  const isMistral = style === 'content';
  const toolDeltas = calls.flatMap((call, index) => {
    // Mistral sends a call whole; the others name it and then send its arguments in pieces.
    const [first, ...rest] = isMistral ? [argumentsOf(call)] : ['', ...call.argumentPieces];
    const named = { index, id: call.id, type: 'function', function: { name: call.name, arguments: first } };
    return [named, ...rest.map((piece) => ({ index, function: { arguments: piece } }))];
  });
  return [
    chunk({ role: 'assistant', content: '' }),
    ...(thoughts ? [chunk(thought)] : []),
    ...textPieces.map((content) => chunk({ content })),
    ...toolDeltas.map((call) => chunk({ tool_calls: [call] })),
    chunk({ content: '' }, finishOf(script), isMistral ? { usage: usageOf(script) } : {}),
    ...(isMistral ? [] : [chunk(undefined, null, { usage: usageOf(script) })]),
    sse('[DONE]'),
  ];
}

const errorOf = (status: number, message: string) => ({
  error: { message, type: 'fake_error', param: null, code: String(status) },
});

function chatWire(
  id: string,
  paths: { base: string; chat: string; models: string },
  style: Style,
): ScriptedWire {
  return {
    provider: id,
    name: id,
    fields: { api_key: KEY },
    basePath: paths.base,
    reports: { cached: true, written: false, reasoning: true },
    isAccepted: ({ headers }) => headers.authorization === `Bearer ${KEY}`,
    readRoute: ({ method, path, body }) => {
      if (method === 'GET') return path === paths.models ? 'models' : undefined;
      if (path.replace('/chat/completions', '/embeddings') === path && path.includes('/embeddings'))
        return 'embeddings';
      if (path !== paths.chat) return undefined;
      return body.stream === true ? 'stream' : 'whole';
    },
    whole: (script) => whole(script, style),
    stream: (script) => stream(script, style),
    streamType: 'text/event-stream; charset=utf-8',
    error: (status, message) => ({ json: errorOf(status, message) }),
    refusal: { status: 401, json: errorOf(401, `Incorrect API key provided: ${KEY}.`) },
    models: { object: 'list', data: [{ id: 'fake', object: 'model' }] },
  };
}

const plain = { base: '/v1', chat: '/v1/chat/completions', models: '/v1/models' };

export const openaiWire: ScriptedWire = {
  ...chatWire('openai', plain, 'reasoning_content'),
  name: 'OpenAI',
};
export const customWire: ScriptedWire = {
  ...chatWire('custom', plain, 'reasoning_content'),
  name: 'any OpenAI-compatible endpoint',
};

export const mistralWire: ScriptedWire = {
  ...chatWire('mistral', plain, 'content'),
  name: 'Mistral',
  error: (_status, message) => ({
    json: { object: 'error', message, type: 'fake_error', param: null, code: null },
  }),
  embeddings: {
    textsIn: (body) => body.input as string[],
    dimensionsIn: (body) => body.output_dimension,
    answer: (vectors, tokens) => ({
      object: 'list',
      data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
      usage: { prompt_tokens: tokens, total_tokens: tokens, completion_tokens: 0 },
    }),
    reportsUsage: true,
  },
};

const filtered = { prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] };

function azureWire(name: string, fields: Record<string, string>, paths: Parameters<typeof chatWire>[1]) {
  const wire = chatWire('azure', paths, 'reasoning_content');
  return {
    ...wire,
    name,
    fields: { ...wire.fields, ...fields },
    isAccepted: ({ headers }) => headers['api-key'] === KEY && headers.authorization === undefined,
    // Azure begins with an event that tells of its filter and has no choices.
    stream: (script) => [
      sse({ ...base, object: '', choices: [], ...filtered }),
      ...stream(script, 'reasoning_content'),
    ],
  } satisfies ScriptedWire as ScriptedWire;
}

export const azureWires: ScriptedWire[] = [
  azureWire(
    'Azure OpenAI v1',
    {},
    {
      base: '',
      chat: '/openai/v1/chat/completions',
      models: '/openai/v1/models',
    },
  ),
  azureWire(
    'Azure OpenAI with deployments',
    { api_version: '2024-10-21' },
    {
      base: '',
      chat: '/openai/deployments/fake/chat/completions?api-version=2024-10-21',
      models: '/openai/models?api-version=2024-10-21',
    },
  ),
];
