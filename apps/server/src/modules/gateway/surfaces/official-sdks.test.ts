// The official SDKs as they are, with only address and key changed, against providers of every protocol: whatever the SDK and
// whatever the provider, the answer, the tools and the numbers are the same.
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { allWires, type Script, type ScriptedWire } from '../../../../test/fakes/wires/index.ts';
import { responsesWire } from '../../../../test/fakes/wires/responses-wire.ts';
import { openSurfaceGround, type SurfaceGround } from '../../../../test/open-surface-ground.ts';

const named = (name: string) => allWires.find((wire) => wire.provider === name)!;
const places: { wire: ScriptedWire; models: string[] }[] = [
  { wire: named('anthropic'), models: ['claude-haiku-4-5'] },
  { wire: named('custom'), models: ['local-model'] },
  { wire: named('google'), models: ['gemini-fake'] },
  { wire: responsesWire, models: ['gpt-4o'] },
];
const MODELS = ['claude-haiku-4-5', 'local-model', 'gemini-fake'];

let ground: SurfaceGround;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  ground = await openSurfaceGround(places);
  openai = new OpenAI({ baseURL: `${ground.url}/v1`, apiKey: ground.key, maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: ground.url, apiKey: ground.key, maxRetries: 0 });
});
afterAll(() => ground.close());

const SAID = 'Salve, this is the insula.';
const spoken: Script = {
  textPieces: ['Salve', ', this is', ' the insula.'],
  usage: { input: 11, cached: 0, written: 0, output: 7, reasoning: 0 },
};
const calling: Script = {
  textPieces: [],
  calls: [{ id: 'call_1', name: 'get_weather', argumentPieces: ['{"city":', '"Rome"}'] }],
  usage: { input: 20, cached: 0, written: 0, output: 9, reasoning: 0 },
};
const providerOf = (model: string) =>
  ground.providers[places.findIndex(({ models }) => models.includes(model))]!;
const plan = (model: string, ...scripts: Script[]) =>
  providerOf(model).next(...scripts.map((script) => ({ script })));

const question = [{ role: 'user' as const, content: 'What is an insula?' }];
const parameters = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] };

/** What one way of asking comes to. */
type Told = {
  text: string;
  calls: { id: string; name: string; input: unknown }[];
  input: number;
  output: number;
};
type Asker = (model: string, stream: boolean, withTools: boolean) => Promise<Told>;

const askers: Record<string, Asker> = {
  async 'chat completions'(model, stream, withTools) {
    const tools = [{ type: 'function' as const, function: { name: 'get_weather', parameters } }];
    const body = { model, messages: question, ...(withTools ? { tools } : {}) };
    const answer = stream
      ? await openai.chat.completions
          .stream({ ...body, stream_options: { include_usage: true } })
          .finalChatCompletion()
      : await openai.chat.completions.create(body);
    const { message } = answer.choices[0]!;
    return {
      text: message.content ?? '',
      calls: (message.tool_calls ?? []).map((call) => {
        if (call.type !== 'function') throw new Error(call.type);
        return { id: call.id, name: call.function.name, input: JSON.parse(call.function.arguments) };
      }),
      input: answer.usage!.prompt_tokens,
      output: answer.usage!.completion_tokens,
    };
  },
  async responses(model, stream, withTools) {
    const tools = [{ type: 'function' as const, name: 'get_weather', parameters, strict: false }];
    const body = { model, input: 'What is an insula?', ...(withTools ? { tools } : {}) };
    const answer = stream
      ? await openai.responses.stream(body).finalResponse()
      : await openai.responses.create(body);
    return {
      text: answer.output_text,
      calls: answer.output.flatMap((turn) =>
        turn.type === 'function_call'
          ? [{ id: turn.call_id, name: turn.name, input: JSON.parse(turn.arguments) }]
          : [],
      ),
      input: answer.usage!.input_tokens,
      output: answer.usage!.output_tokens,
    };
  },
  async messages(model, stream, withTools) {
    const tools = [{ name: 'get_weather', input_schema: parameters }];
    const body = { model, max_tokens: 100, messages: question, ...(withTools ? { tools } : {}) };
    const answer = stream
      ? await anthropic.messages.stream(body).finalMessage()
      : await anthropic.messages.create(body);
    return {
      text: answer.content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
      calls: answer.content
        .filter((block) => block.type === 'tool_use')
        .map(({ id, name, input }) => ({ id, name, input })),
      input: answer.usage.input_tokens,
      output: answer.usage.output_tokens,
    };
  },
};
const matrix = MODELS.flatMap((model) =>
  Object.keys(askers).flatMap((surface) => [false, true].map((stream) => ({ model, surface, stream }))),
);

describe.each(matrix)('$surface of $model, streamed: $stream', ({ model, surface, stream }) => {
  const ask = askers[surface]!;

  test('says what the model said, and the ledger says what was used', async () => {
    plan(model, spoken);
    expect(await ask(model, stream, false)).toEqual({ text: SAID, calls: [], input: 11, output: 7 });
    const [row] = await ground.usage();
    expect(row).toMatchObject({
      requested_model: model,
      streamed: stream,
      status: 200,
      usage_source: 'provider',
      input_tokens: 11,
      output_tokens: 7,
    });
  });

  test('hands on the call of a tool', async () => {
    plan(model, calling);
    const told = await ask(model, stream, true);
    expect(told).toMatchObject({ text: '', input: 20, output: 9 });
    expect(told.calls).toMatchObject([{ name: 'get_weather', input: { city: 'Rome' } }]);
  });
});

describe('Responses of a provider that has them', () => {
  beforeEach(() => plan('gpt-4o', { ...calling, textPieces: ['Salve'] }));

  test.each([false, true])('pass as they come, streamed: %s', async (stream) => {
    const told = await askers.responses!('gpt-4o', stream, true);
    expect(told).toEqual({
      text: 'Salve',
      calls: [{ id: 'call_1', name: 'get_weather', input: { city: 'Rome' } }],
      input: 20,
      output: 9,
    });
    expect(providerOf('gpt-4o').requests.at(-1)!.path).toBe('/v1/responses');
    expect((await ground.usage())[0]).toMatchObject({
      surface: 'responses',
      streamed: stream,
      usage_source: 'provider',
      input_tokens: 20,
      output_tokens: 9,
    });
  });
});

describe('errors raise the right classes', () => {
  const failing = async (model: string, status: number) => {
    providerOf(model).next({ status, retryAfter: '7' });
  };

  test('of OpenAI’s SDK', async () => {
    const ask = (model: string) => openai.responses.create({ model, input: 'x' });
    for (const model of MODELS) {
      await failing(model, 429);
      const limited = await ask(model).catch((error: unknown) => error);
      expect(limited).toBeInstanceOf(OpenAI.RateLimitError);
      expect((limited as InstanceType<typeof OpenAI.RateLimitError>).headers.get('retry-after')).toBe('7');
      await failing(model, 400);
      await expect(ask(model)).rejects.toBeInstanceOf(OpenAI.BadRequestError);
      await failing(model, 500);
      await expect(ask(model)).rejects.toBeInstanceOf(OpenAI.InternalServerError);
    }
    await expect(ask('unheard-of')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  test('of Anthropic’s SDK', async () => {
    const ask = (model: string, client = anthropic) =>
      client.messages.create({ model, max_tokens: 10, messages: question });
    for (const model of MODELS) {
      await failing(model, 429);
      const limited = await ask(model).catch((error: unknown) => error);
      expect(limited).toBeInstanceOf(Anthropic.RateLimitError);
      expect(limited).toMatchObject({ error: { type: 'error', error: { type: 'rate_limit_error' } } });
      await failing(model, 400);
      await expect(ask(model)).rejects.toBeInstanceOf(Anthropic.BadRequestError);
      await failing(model, 500);
      await expect(ask(model)).rejects.toBeInstanceOf(Anthropic.InternalServerError);
    }
    await expect(ask('unheard-of')).rejects.toBeInstanceOf(Anthropic.NotFoundError);
    const stranger = new Anthropic({ baseURL: ground.url, apiKey: 'insula_live_nothing', maxRetries: 0 });
    await expect(ask(MODELS[0]!, stranger)).rejects.toBeInstanceOf(Anthropic.AuthenticationError);
    const searcher = await ground.newKey({ scopes: ['search'] });
    const reader = new Anthropic({ baseURL: ground.url, apiKey: searcher, maxRetries: 0 });
    await expect(ask(MODELS[0]!, reader)).rejects.toBeInstanceOf(Anthropic.PermissionDeniedError);
  });
});
