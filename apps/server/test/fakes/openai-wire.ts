// The words of OpenAI's wire format, as its servers write them.
import type { Behaviour } from './openai-behaviour.ts';

const CREATED = 1_767_225_600;

/** The words a provider says when nothing else is asked of it. */
export const DEFAULT_WORDS: readonly string[] = ['Salve', ',', ' this', ' is', ' the', ' insula', '.'];

/** An error in OpenAI's shape. */
export function errorObject(status: number): Record<string, unknown> {
  const kinds: Record<number, [type: string, code: string | null, message: string]> = {
    400: ['invalid_request_error', null, 'Invalid value.'],
    401: ['invalid_request_error', 'invalid_api_key', 'Incorrect API key provided: sk-fa**********key.'],
    404: ['invalid_request_error', 'model_not_found', 'The model does not exist.'],
    429: ['requests', 'rate_limit_exceeded', 'Rate limit reached.'],
  };
  const [type, code, message] = kinds[status] ?? ['server_error', null, 'The server had an error.'];
  return { error: { message, type, param: null, code } };
}

/** The usage a well-behaved provider reports: a token a word. */
export function usageOf(
  body: Record<string, unknown>,
  behaviour: Behaviour,
): Record<string, unknown> | undefined {
  if (behaviour.usage === false) return undefined;
  if (behaviour.usage) return behaviour.usage;
  const prompt = Math.ceil(JSON.stringify(body.messages ?? body.input ?? body.prompt ?? '').length / 4);
  const completion = (behaviour.words ?? DEFAULT_WORDS).length;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  };
}

/** A whole chat answer. */
export function chatCompletion(body: Record<string, unknown>, behaviour: Behaviour): Record<string, unknown> {
  const { toolCall, hugeBytes = 0 } = behaviour;
  const text = (behaviour.words ?? DEFAULT_WORDS).join('') + 'x'.repeat(hugeBytes);
  const message = toolCall
    ? {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'call_1', type: 'function', function: toolCall }],
      }
    : { role: 'assistant', content: text, refusal: null };
  const usage = usageOf(body, behaviour);
  return {
    id: 'chatcmpl-fake',
    object: 'chat.completion',
    created: CREATED,
    model: body.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: toolCall ? 'tool_calls' : 'stop' }],
    ...(usage ? { usage } : {}),
    system_fingerprint: 'fp_fake',
  };
}

/** The events of a chat stream, without `[DONE]`: role, words, reason to finish, and usage if it was asked for. */
export function chatChunks(body: Record<string, unknown>, behaviour: Behaviour): Record<string, unknown>[] {
  const options = body.stream_options as { include_usage?: boolean } | undefined;
  const usage = options?.include_usage ? usageOf(body, behaviour) : undefined;
  const chunk = (choices: unknown[], used: unknown = null) => ({
    id: 'chatcmpl-fake',
    object: 'chat.completion.chunk',
    created: CREATED,
    model: body.model,
    system_fingerprint: 'fp_fake',
    choices,
    ...(usage ? { usage: used } : {}),
  });
  const choice = (delta: unknown, reason: string | null = null) => [
    { index: 0, delta, logprobs: null, finish_reason: reason },
  ];
  const { toolCall } = behaviour;
  const deltas = toolCall ? toolDeltas(toolCall) : wordDeltas(behaviour);
  return [
    chunk(choice({ role: 'assistant', content: toolCall ? null : '', refusal: null })),
    ...deltas.map((delta) => chunk(choice(delta))),
    chunk(choice({}, toolCall ? 'tool_calls' : 'stop')),
    ...(usage ? [chunk([], usage)] : []),
  ];
}

/** A whole legacy completion. */
export function textCompletion(body: Record<string, unknown>, behaviour: Behaviour): Record<string, unknown> {
  const usage = usageOf(body, behaviour);
  const text = (behaviour.words ?? DEFAULT_WORDS).join('');
  const choices = [{ index: 0, text, logprobs: null, finish_reason: 'stop' }];
  const head = { id: 'cmpl-fake', object: 'text_completion', created: CREATED, model: body.model };
  return { ...head, choices, ...(usage ? { usage } : {}) };
}

/** The events of a legacy stream, without `[DONE]`. */
export function textChunks(body: Record<string, unknown>, behaviour: Behaviour): Record<string, unknown>[] {
  const head = { id: 'cmpl-fake', object: 'text_completion', created: CREATED, model: body.model };
  const chunk = (text: string, finish_reason: string | null) => ({
    ...head,
    choices: [{ index: 0, text, logprobs: null, finish_reason }],
  });
  const words = behaviour.words ?? DEFAULT_WORDS;
  const usage = usageOf(body, behaviour);
  return [
    ...words.map((word) => chunk(word, null)),
    chunk('', 'stop'),
    ...(usage ? [{ ...head, choices: [], usage }] : []),
  ];
}

function wordDeltas({ words = DEFAULT_WORDS, hugeBytes = 0 }: Behaviour): Record<string, unknown>[] {
  const pieces = Math.ceil(hugeBytes / 16_384);
  return [...words, ...Array<string>(pieces).fill('x'.repeat(16_384))].map((content) => ({ content }));
}

function toolDeltas(call: NonNullable<Behaviour['toolCall']>): Record<string, unknown>[] {
  const first = { index: 0, id: 'call_1', type: 'function', function: { name: call.name, arguments: '' } };
  const half = call.arguments.length >> 1;
  const parts = [call.arguments.slice(0, half), call.arguments.slice(half)];
  return [first, ...parts.map((part) => ({ index: 0, function: { arguments: part } }))].map((one) => ({
    tool_calls: [one],
  }));
}

/** Embeddings: for each input a small vector that depends on its text only. */
export function embeddingList(body: Record<string, unknown>, behaviour: Behaviour): Record<string, unknown> {
  const inputs = Array.isArray(body.input) ? body.input : [body.input];
  const usage = usageOf(body, behaviour);
  const prompt = usage?.prompt_tokens;
  return {
    object: 'list',
    data: inputs.map((input, index) => ({ object: 'embedding', index, embedding: vectorOf(String(input)) })),
    model: body.model,
    ...(usage ? { usage: behaviour.usage ?? { prompt_tokens: prompt, total_tokens: prompt } } : {}),
  };
}

function vectorOf(text: string): number[] {
  const vector = Array<number>(16).fill(0);
  for (let i = 0; i < text.length; i++) vector[(text.charCodeAt(i) * 31 + i) % 16]! += 1;
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}
