// The frameworks that callers build on, as they are, with only address and key changed: the AI SDK and LangChain, each over
// OpenAI's and Anthropic's protocol, against a provider that speaks the other one.
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { ChatAnthropic } from '@langchain/anthropic';
import { ChatOpenAI } from '@langchain/openai';
import { generateText, jsonSchema, Output, streamText, tool } from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allWires, type Script } from '../../../../test/fakes/wires/index.ts';
import { openSurfaceGround, type SurfaceGround } from '../../../../test/open-surface-ground.ts';

const named = (name: string) => allWires.find((wire) => wire.provider === name)!;
const CLAUDE = 'claude-haiku-4-5';
const LOCAL = 'local-model';
let ground: SurfaceGround;

beforeAll(async () => {
  ground = await openSurfaceGround([
    { wire: named('anthropic'), models: [CLAUDE] },
    { wire: named('custom'), models: [LOCAL] },
  ]);
});
afterAll(() => ground.close());

const usage = { input: 11, cached: 0, written: 0, output: 7, reasoning: 0 };
const saying = (text: string): Script => ({ textPieces: text.split(/(?<= )/), usage });
const calling: Script = {
  textPieces: [],
  calls: [{ id: 'call_1', name: 'weather', argumentPieces: ['{"city":', '"Rome"}'] }],
  usage,
};
const plan = (model: string, ...scripts: Script[]) =>
  ground.providers[model === CLAUDE ? 0 : 1]!.next(...scripts.map((script) => ({ script })));
const schema = {
  type: 'object' as const,
  properties: { city: { type: 'string' as const } },
  required: ['city'],
  additionalProperties: false,
};

describe.each(['chat', 'responses', 'messages'] as const)('the AI SDK over %s', (surface) => {
  const modelOf = () => {
    const settings = { baseURL: `${ground.url}/v1`, apiKey: ground.key };
    if (surface === 'messages') return createAnthropic(settings)(LOCAL);
    const openai = createOpenAI(settings);
    return surface === 'chat' ? openai.chat(CLAUDE) : openai.responses(CLAUDE);
  };
  const name = surface === 'messages' ? LOCAL : CLAUDE;
  // Its Responses refer to what OpenAI stored unless told not to.
  const providerOptions = { openai: { store: false } };

  test('generates, streams, and runs tools to the end', async () => {
    plan(name, saying('Salve from the insula.'), saying('Salve once more.'), calling, saying('It rains.'));
    const asked = { model: modelOf(), prompt: 'Hi', providerOptions, maxRetries: 0 };
    const whole = await generateText(asked);
    expect([whole.text, whole.usage.inputTokens, whole.usage.outputTokens]).toEqual([
      'Salve from the insula.',
      11,
      7,
    ]);
    const streamed = streamText(asked);
    let text = '';
    for await (const piece of streamed.textStream) text += piece;
    expect([text, (await streamed.usage).outputTokens]).toEqual(['Salve once more.', 7]);
    const cities: string[] = [];
    const weather = tool({
      inputSchema: jsonSchema<{ city: string }>(schema),
      execute: async ({ city }) => {
        cities.push(city);
        return 'rain';
      },
    });
    const told = await generateText({
      ...asked,
      tools: { weather },
      stopWhen: ({ steps }) => steps.length === 2,
    });
    expect([told.text, cities]).toEqual(['It rains.', ['Rome']]);
  });

  test('gets an object of a schema', async () => {
    plan(name, saying('{"city":"Rome"}'));
    const output = Output.object({ schema: jsonSchema<{ city: string }>(schema) });
    const told = await generateText({
      model: modelOf(),
      prompt: 'Where?',
      output,
      providerOptions,
      maxRetries: 0,
    });
    expect(told.output).toEqual({ city: 'Rome' });
  });
});

describe('LangChain', () => {
  const weather = {
    type: 'function',
    function: { name: 'weather', description: 'It', parameters: schema },
  } as const;
  const clients = {
    [CLAUDE]: () =>
      new ChatOpenAI({
        model: CLAUDE,
        apiKey: ground.key,
        maxRetries: 0,
        configuration: { baseURL: `${ground.url}/v1` },
      }),
    [LOCAL]: () =>
      new ChatAnthropic({
        model: LOCAL,
        apiKey: ground.key,
        maxRetries: 0,
        anthropicApiUrl: ground.url,
        maxTokens: 100,
      }),
  };
  test.each([CLAUDE, LOCAL] as const)('invokes, streams and calls tools of %s', async (name) => {
    plan(name, saying('Salve there.'), saying('Salve again.'), calling);
    const client = clients[name]();
    const told = await client.invoke('Hi');
    expect(told.text).toBe('Salve there.');
    expect(told.usage_metadata).toMatchObject({ input_tokens: 11, output_tokens: 7 });
    let text = '';
    for await (const chunk of await client.stream('Hi')) text += chunk.text;
    expect(text).toBe('Salve again.');
    const called = await client.bindTools([weather]).invoke('Weather?');
    expect(called.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Rome' } }]);
  });
});
