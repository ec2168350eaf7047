// OpenAI's Responses API: `POST /v1/responses`, its stream (response.created … response.completed), its usage inside the last
// event, its errors. From OpenAI's API reference and what its SDKs parse.
import { openaiWire } from './chat-wires.ts';
import { argumentsOf, type Script, type ScriptedWire, sse } from './wire.ts';

function usageOf({ usage }: Script) {
  const input_tokens = usage.input + usage.cached;
  const output_tokens = usage.output + usage.reasoning;
  return {
    input_tokens,
    input_tokens_details: { cached_tokens: usage.cached },
    output_tokens,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: input_tokens + output_tokens,
  };
}

const response = (status: string, output: unknown[], usage: unknown) => ({
  id: 'resp_fake',
  object: 'response',
  created_at: 1_767_225_600,
  status,
  error: null,
  incomplete_details: null,
  instructions: null,
  model: 'gpt-fake',
  output,
  parallel_tool_calls: true,
  temperature: 1,
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
  usage,
  metadata: {},
});

function turnsOf({ textPieces, calls = [] }: Script): Record<string, unknown>[] {
  const content = [{ type: 'output_text', text: textPieces.join(''), annotations: [] }];
  return [
    ...(textPieces.length > 0
      ? [{ type: 'message', id: 'msg_fake', role: 'assistant', status: 'completed', content }]
      : []),
    ...calls.map((call) => ({
      type: 'function_call',
      id: `fc_${call.id}`,
      call_id: call.id,
      name: call.name,
      arguments: argumentsOf(call),
      status: 'completed',
    })),
  ];
}

const whole = (script: Script) => response('completed', turnsOf(script), usageOf(script));

function stream(script: Script): Buffer[] {
  let sequence = 0;
  const event = (type: string, fields: object) => sse({ type, sequence_number: sequence++, ...fields }, type);
  const turns = turnsOf(script);
  return [
    event('response.created', { response: response('in_progress', [], null) }),
    event('response.in_progress', { response: response('in_progress', [], null) }),
    ...turns.flatMap((turn, output_index) => {
      const at = { item_id: turn.id, output_index, content_index: 0 };
      const isText = turn.type === 'message';
      const pieces = isText
        ? script.textPieces
        : script.calls![output_index - (script.textPieces.length > 0 ? 1 : 0)]!.argumentPieces;
      const growth = isText ? 'response.output_text' : 'response.function_call_arguments';
      const part = { type: 'output_text', text: '', annotations: [] };
      const empty = isText ? { ...turn, content: [] } : { ...turn, arguments: '' };
      return [
        event('response.output_item.added', { output_index, item: empty }),
        ...(isText ? [event('response.content_part.added', { ...at, part })] : []),
        ...pieces.map((delta) => event(`${growth}.delta`, { ...at, delta })),
        event(`${growth}.done`, {
          ...at,
          ...(isText ? { text: pieces.join('') } : { arguments: pieces.join('') }),
        }),
        event('response.output_item.done', { output_index, item: turn }),
      ];
    }),
    event('response.completed', { response: whole(script) }),
  ];
}

export const responsesWire: ScriptedWire = {
  ...openaiWire,
  name: 'OpenAI Responses',
  readRoute: ({ method, path, body }) => {
    if (method !== 'POST' || path !== '/v1/responses') return undefined;
    return body.stream === true ? 'stream' : 'whole';
  },
  whole,
  stream,
  streamType: 'text/event-stream; charset=utf-8',
  errorEvent: {
    bytes: sse(
      { type: 'error', sequence_number: 9, code: 'server_error', message: 'Broken', param: null },
      'error',
    ),
    status: 502,
  },
};
