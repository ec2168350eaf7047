// What callers of the protocols see of what is carried, what is refused, and what fails: always in the words of their protocol,
// and always as the ledger has it.
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Act, allWires, type ScriptedWire } from '../../../../test/fakes/wires/index.ts';
import { responsesWire } from '../../../../test/fakes/wires/responses-wire.ts';
import { within } from '../../../../test/open-identity-ground.ts';
import { openSurfaceGround, type SurfaceGround } from '../../../../test/open-surface-ground.ts';

const named = (name: string) => allWires.find((wire) => wire.provider === name)!;
const places: { wire: ScriptedWire; models: string[] }[] = [
  { wire: named('anthropic'), models: ['claude-haiku-4-5'] },
  { wire: named('custom'), models: ['local-model'] },
  { wire: responsesWire, models: ['gpt-4o'] },
];

let ground: SurfaceGround;
let anthropic: Anthropic;

beforeAll(async () => {
  ground = await openSurfaceGround(places);
  anthropic = new Anthropic({ baseURL: ground.url, apiKey: ground.key, maxRetries: 0 });
});
afterAll(() => ground.close());

const providerOf = (model: string) =>
  ground.providers[places.findIndex(({ models }) => models.includes(model))]!;
const asked = (model: string) => providerOf(model).requests.at(-1)!;
const CLAUDE = 'claude-haiku-4-5';
const LOCAL = 'local-model';

/** What is said of an answer without its text: its events, or its whole. */
async function post(path: string, body: Record<string, unknown>, headers: Record<string, string> = {}) {
  const {
    status,
    text,
    headers: told,
    body: json,
  } = await ground.api('POST', path, {
    token: ground.key,
    body,
    headers,
  });
  return {
    status,
    text,
    headers: told,
    json: json as { error?: Record<string, unknown> } & Record<string, unknown>,
  };
}
const user = (content: unknown) => [{ role: 'user', content }];
const chatBody = (model: string, more: Record<string, unknown> = {}) => ({
  model,
  messages: user('Hi'),
  ...more,
});
const messageBody = (model: string, more: Record<string, unknown> = {}) => ({
  ...chatBody(model, more),
  max_tokens: 100,
});
const PIXEL = 'iVBORw0KGgo=';

describe('what is carried', () => {
  test('images, a schema, stops and efforts go from chat to Anthropic', async () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'string' } },
      required: ['a'],
      additionalProperties: false,
    };
    const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } };
    const far = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
    const answer = await post('/v1/chat/completions', {
      model: CLAUDE,
      messages: [
        { role: 'developer', content: 'Be brief.' },
        ...user([{ type: 'text', text: 'Look' }, image, far]),
        {
          role: 'assistant',
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'ok' },
      ],
      stop: 'END',
      temperature: 0.5,
      response_format: { type: 'json_schema', json_schema: { name: 'n', schema } },
    });
    expect(answer.status, answer.text).toBe(200);
    expect(asked(CLAUDE).body).toMatchObject({
      system: [{ type: 'text', text: 'Be brief.' }],
      stop_sequences: ['END'],
      temperature: 0.5,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } },
            { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
          ],
        },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'c1', name: 'f', input: { a: 1 } }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1' }] },
      ],
    });
    expect(JSON.stringify(asked(CLAUDE).body)).toContain('"additionalProperties":false');
  });

  test('a conversation with tools goes from Messages to a provider of OpenAI’s protocol', async () => {
    const answer = await post('/v1/messages', {
      ...messageBody(LOCAL),
      system: 'Be brief.',
      messages: [
        ...user('Weather?'),
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'I look.' },
            { type: 'tool_use', id: 't1', name: 'f', input: { city: 'Rome' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 't1', content: 'rain', is_error: false },
            { type: 'text', text: 'And?' },
          ],
        },
      ],
      tools: [{ name: 'f', input_schema: { type: 'object' } }],
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
      stop_sequences: ['END'],
    });
    expect(answer.status, answer.text).toBe(200);
    expect(asked(LOCAL).body).toMatchObject({
      max_tokens: 100,
      stop: ['END'],
      tool_choice: 'required',
      parallel_tool_calls: false,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Weather?' },
        { role: 'assistant', content: 'I look.', tool_calls: [{ id: 't1', function: { name: 'f' } }] },
        { role: 'tool', tool_call_id: 't1', content: 'rain' },
        { role: 'user', content: 'And?' },
      ],
    });
  });

  test('cached and reasoned tokens agree between provider, caller and ledger', async () => {
    const usage = { input: 10, cached: 30, written: 5, output: 8, reasoning: 4 };
    for (const stream of [false, true]) {
      providerOf(CLAUDE).next({ script: { textPieces: ['a', 'b'], thoughts: 'hm', usage } });
      const body = chatBody(CLAUDE, {
        stream,
        reasoning_effort: 'low',
        stream_options: { include_usage: true },
      });
      const { text } = await post('/v1/chat/completions', stream ? body : { ...body, stream_options: null });
      expect(text).toContain('"prompt_tokens":45,"completion_tokens":12,"total_tokens":57');
      expect(text).toContain('"reasoning_content":"hm"');
      expect((await ground.usage())[0]).toMatchObject({
        input_tokens: 15,
        cached_input_tokens: 30,
        output_tokens: 8,
        reasoning_tokens: 4,
      });
    }
  });

  test('a signature of reasoning comes back to its provider through Responses', async () => {
    const usage = { input: 1, cached: 0, written: 0, output: 1, reasoning: 0 };
    providerOf(CLAUDE).next({ script: { textPieces: ['a'], thoughts: 'hm', usage } });
    const body = { model: CLAUDE, input: user('Hi'), include: ['reasoning.encrypted_content'], store: false };
    const first = await post('/v1/responses', body);
    const output = first.json.output as unknown[];
    await post('/v1/responses', { ...body, input: [...user('Hi'), ...output, ...user('Go on')] });
    expect(asked(CLAUDE).body.messages).toMatchObject([
      { role: 'user' },
      {
        role: 'assistant',
        content: [{ type: 'thinking', thinking: 'hm', signature: 'c2ln' }, { text: 'a' }],
      },
      { role: 'user' },
    ]);
  });

  test('Messages reach Anthropic byte for byte, with the headers of their protocol and not the caller’s key', async () => {
    const body = { ...messageBody(CLAUDE), custom_field: { cache: 1 } };
    const answer = await post('/v1/messages', body, { 'anthropic-beta': 'some-beta' });
    expect(answer.status, answer.text).toBe(200);
    expect(asked(CLAUDE).text).toBe(JSON.stringify(body));
    expect(asked(CLAUDE).headers).toMatchObject({
      'anthropic-beta': 'some-beta',
      'anthropic-version': '2023-06-01',
    });
    expect(JSON.stringify(asked(CLAUDE).headers)).not.toContain(ground.key);
  });
});

describe('what cannot be carried', () => {
  const refused: [string, string, Record<string, unknown>, string][] = [
    ['chat', '/v1/chat/completions', chatBody(CLAUDE, { n: 2 }), '"n"'],
    ['chat', '/v1/chat/completions', chatBody(CLAUDE, { logprobs: true }), '"logprobs"'],
    ['chat', '/v1/chat/completions', chatBody(CLAUDE, { unheard_of: 1 }), '"unheard_of"'],
    [
      'chat',
      '/v1/chat/completions',
      chatBody(CLAUDE, { response_format: { type: 'json_object' } }),
      'schema',
    ],
    [
      'chat',
      '/v1/chat/completions',
      { model: CLAUDE, messages: user([{ type: 'video', url: 'x' }]) },
      'messages[0].content[0].type',
    ],
    [
      'responses',
      '/v1/responses',
      { model: LOCAL, input: 'x', previous_response_id: 'resp_1' },
      '"previous_response_id"',
    ],
    ['responses', '/v1/responses', { model: LOCAL, input: 'x', store: true }, '"store"'],
    [
      'responses',
      '/v1/responses',
      { model: LOCAL, input: 'x', tools: [{ type: 'web_search' }] },
      'tools[0].type',
    ],
    ['responses', '/v1/responses', { model: 'gpt-4o', input: 'x', background: true }, '"background"'],
    ['messages', '/v1/messages', messageBody(LOCAL, { mcp_servers: [] }), '"mcp_servers"'],
    ['messages', '/v1/messages', chatBody(LOCAL), '"max_tokens"'],
    ['completions', '/v1/completions', { model: CLAUDE, prompt: 'x' }, '/completions'],
  ];
  test.each(refused)(
    'is refused by name at %s, before anything is recorded',
    async (_name, path, body, words) => {
      const before = (await ground.usage()).length;
      const answer = await post(path, body);
      expect(answer.status, answer.text).toBe(400);
      expect(answer.json.error!.message).toContain(words);
      expect(answer.json.error!.type).toBe('invalid_request_error');
      expect((await ground.usage()).length).toBe(before);
    },
  );

  test('is told in a header where the provider lacks it and the answer stands', async () => {
    const answer = await post('/v1/chat/completions', chatBody(CLAUDE, { seed: 7, frequency_penalty: 0.5 }));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-insula-ignored')).toBe('frequency_penalty, seed');
  });
});

describe('a stream that fails in the middle', () => {
  const surfaces = {
    chat: ['/v1/chat/completions', chatBody, CLAUDE],
    responses: ['/v1/responses', (model: string) => ({ model, input: 'Hi' }), CLAUDE],
    messages: ['/v1/messages', messageBody, LOCAL],
    'messages as they come': ['/v1/messages', messageBody, CLAUDE],
    'responses as they come': ['/v1/responses', (model: string) => ({ model, input: 'Hi' }), 'gpt-4o'],
  } as const;
  const usage = { input: 50, cached: 0, written: 0, output: 40, reasoning: 0 };
  const script = { textPieces: ['one ', 'two ', 'three ', 'four ', 'five '], usage };

  test.each(Object.keys(surfaces) as (keyof typeof surfaces)[])(
    'says so in its own words: %s',
    async (name) => {
      const [path, bodyOf, model] = surfaces[name];
      providerOf(model).next({ script, cutAfter: 6 });
      const { text } = await post(path, { ...bodyOf(model), stream: true });
      const last = text.trim().split('\n\n').at(-1)!;
      const json = JSON.parse(last.slice(last.indexOf('data: ') + 6)) as { error: { message: string } };
      expect(json.error.message).toContain('closed the connection');
      if (!name.startsWith('chat')) expect(last.startsWith('event: error\n')).toBe(true);
      expect(text).not.toMatch(/\[DONE\]|message_stop|response\.completed/);
      const [row] = await ground.usage();
      expect(row).toMatchObject({ status: 502, usage_source: 'counted', streamed: true });
      expect(Number(row!.output_tokens)).toBeGreaterThan(1); // what came is paid for, not what the beginning said
    },
  );

  test('raises in the SDKs', async () => {
    const openai = new OpenAI({ baseURL: `${ground.url}/v1`, apiKey: ground.key, maxRetries: 0 });
    const read = async (stream: AsyncIterable<unknown>) => {
      for await (const _event of stream) void _event;
    };
    const act: Act = { script, cutAfter: 6 };
    providerOf(CLAUDE).next(act, act, act);
    const input = { model: CLAUDE, input: 'Hi', stream: true as const };
    await expect(read(await openai.responses.create(input))).rejects.toBeInstanceOf(OpenAI.APIError);
    const chat = {
      model: CLAUDE,
      messages: [{ role: 'user' as const, content: 'Hi' }],
      stream: true as const,
    };
    await expect(read(await openai.chat.completions.create(chat))).rejects.toBeInstanceOf(OpenAI.APIError);
    const message = { ...chat, max_tokens: 100 };
    await expect(read(await anthropic.messages.create(message))).rejects.toBeInstanceOf(Anthropic.APIError);
  });

  test('before it began is answered as an error, with its status', async () => {
    for (const path of ['/v1/chat/completions', '/v1/messages'] as const) {
      const failing: Act = { script, errorAfter: 1 };
      // A translated call is tried three times; in a relayed one the provider's own event has told the caller.
      const times = path === '/v1/chat/completions' ? 3 : 1;
      providerOf(CLAUDE).next(...Array<Act>(times).fill(failing));
      const answer = await post(path, messageBody(CLAUDE, { stream: true }));
      if (path === '/v1/chat/completions')
        expect([529, 'Overloaded']).toEqual([answer.status, answer.json.error!.message]);
    }
  });
});

test('a caller who leaves ends the call at the provider, and what came is counted', async () => {
  providerOf(CLAUDE).next({
    script: {
      textPieces: Array(50).fill('word '),
      usage: { input: 9, cached: 0, written: 0, output: 50, reasoning: 0 },
    },
    stallAfter: 20,
  });
  const stream = anthropic.messages.stream({
    model: CLAUDE,
    max_tokens: 100,
    messages: [{ role: 'user', content: 'Hi' }],
  });
  const openai = new OpenAI({ baseURL: `${ground.url}/v1`, apiKey: ground.key, maxRetries: 0 });
  stream.on('text', () => stream.abort());
  await stream.done().catch(() => {});
  providerOf(CLAUDE).next({
    script: {
      textPieces: Array(50).fill('word '),
      usage: { input: 9, cached: 0, written: 0, output: 50, reasoning: 0 },
    },
    stallAfter: 20,
  });
  const chat = await openai.chat.completions.create({
    model: CLAUDE,
    messages: [{ role: 'user', content: 'Hi' }],
    stream: true,
  });
  for await (const chunk of chat) if (chunk.choices[0]?.delta.content) break;
  await within(5_000, async () => {
    const [first, second] = await ground.usage();
    return first?.status === 499 && second?.status === 499;
  });
  for (const row of (await ground.usage()).slice(0, 2)) {
    expect(row).toMatchObject({ usage_source: 'counted' });
    expect(Number(row.output_tokens)).toBeGreaterThan(0);
  }
});

test('tokens of a message are counted without a charge', async () => {
  const counted = await anthropic.messages.countTokens({
    model: LOCAL,
    messages: [{ role: 'user', content: 'x'.repeat(400) }],
  });
  expect(counted.input_tokens).toBeGreaterThanOrEqual(100);
  expect((await ground.usage())[0]).toMatchObject({
    surface: 'messages.count_tokens',
    cost_micros: 0,
    input_tokens: 0,
  });
});

test('errors at the door of Messages are in the words of Anthropic', async () => {
  const shapeOf = async (answer: Response) => [
    answer.status,
    ((await answer.json()) as { error: { type: string } }).error.type,
  ];
  const at = `${ground.url}/v1/messages`;
  const headers = { 'content-type': 'application/json', 'x-api-key': ground.key };
  expect(
    await shapeOf(
      await fetch(at, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }),
    ),
  ).toEqual([401, 'authentication_error']);
  expect(await shapeOf(await fetch(at, { method: 'POST', headers, body: '{' }))).toEqual([
    400,
    'invalid_request_error',
  ]);
  expect(
    await shapeOf(await fetch(at, { method: 'POST', headers, body: '{"model":"none","messages":[]}' })),
  ).toEqual([404, 'not_found_error']);
  const large = `{"x":"${'x'.repeat(21_000_000)}"}`;
  expect(await shapeOf(await fetch(at, { method: 'POST', headers, body: large }))).toEqual([
    413,
    'request_too_large',
  ]);
  const slow = await ground.newKey({ rate_limit_per_minute: 1 });
  const ask = () =>
    fetch(at, {
      method: 'POST',
      headers: { ...headers, 'x-api-key': slow },
      body: JSON.stringify(messageBody(CLAUDE)),
    });
  await ask();
  const limited = await ask();
  expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await shapeOf(limited)).toEqual([429, 'rate_limit_error']);
});
