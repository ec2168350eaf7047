// One chat through the whole server to each provider, relayed or translated: OpenAI's SDK gets the text, the calls and the
// usage, and the ledger has what the provider sent, to the last token.
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  allWires,
  type Script,
  type ScriptedProvider,
  type ScriptedWire,
  startScriptedProvider,
} from '../../../../test/fakes/wires/index.ts';
import { openIdentityGround } from '../../../../test/open-identity-ground.ts';

let ground: Awaited<ReturnType<typeof openIdentityGround>>;
let url: string;
const providers: ScriptedProvider[] = [];

beforeAll(async () => {
  ground = await openIdentityGround();
  url = `http://127.0.0.1:${(ground.app.http.server.address() as { port: number }).port}`;
});
afterEach(async () => {
  await Promise.all(providers.splice(0).map((provider) => provider.stop()));
});
afterAll(() => ground.close());

const MODELS: Record<string, string> = { bedrock: 'amazon.fake-v1:0', anthropic: 'claude-sonnet-4-5' };

async function openOffice(wire: ScriptedWire) {
  const provider = await startScriptedProvider(wire);
  providers.push(provider);
  const place = await ground.newPlace();
  const { access_token: token } = await ground.signIn(await place.join('admin'));
  const model = MODELS[wire.provider] ?? 'fake';
  const saved = await ground.api('POST', `/v1/workspaces/${place.workspaceId}/credentials`, {
    token,
    body: {
      name: 'Fake',
      provider: wire.provider,
      base_url: `${provider.origin}${wire.basePath}`,
      models: [model],
      ...wire.fields,
    },
  });
  expect(saved.status, saved.text).toBe(201);
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: token, maxRetries: 0 });
  const calls = async () => {
    const { body } = await ground.api('GET', `/v1/organizations/${place.id}/usage`, { token });
    return body.data as Record<string, unknown>[];
  };
  return { provider, client, model, calls };
}

function scriptOf({ reports }: ScriptedWire, more: Partial<Script> = {}): Script {
  return {
    textPieces: ['Salve, ', 'naïve ', 'insula 🏛️'],
    usage: {
      input: 1_009,
      cached: reports.cached ? 307 : 0,
      written: reports.written ? 53 : 0,
      output: 211,
      reasoning: reports.reasoning ? 101 : 0,
    },
    ...more,
  };
}

/** The row that the ledger must have. */
function entryOf(wire: ScriptedWire) {
  const { usage } = scriptOf(wire);
  return {
    provider: wire.provider,
    status: 200,
    usage_source: 'provider',
    input_tokens: usage.input + usage.written,
    cached_input_tokens: usage.cached,
    output_tokens: usage.output,
    reasoning_tokens: usage.reasoning,
  };
}

/** The same usage as OpenAI's protocol tells it. */
function toldUsage(wire: ScriptedWire) {
  const { usage } = scriptOf(wire);
  return {
    prompt_tokens: usage.input + usage.written + usage.cached,
    completion_tokens: usage.output + usage.reasoning,
  };
}

const messages = [{ role: 'user' as const, content: 'What is an insula?' }];
const tools: OpenAI.ChatCompletionTool[] = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'The weather of a city.',
      parameters: { type: 'object', properties: { city: { type: 'string' } } },
    },
  },
];

describe.each(allWires.map((wire) => [wire.name, wire] as const))('%s', (_name, wire) => {
  test('a whole answer and its usage agree for caller, provider and ledger', async () => {
    const { provider, client, model, calls } = await openOffice(wire);
    provider.next({ script: scriptOf(wire) });
    const answer = await client.chat.completions.create({ model, messages, max_tokens: 500 });
    expect(answer.choices[0]!.message.content).toBe('Salve, naïve insula 🏛️');
    expect(answer.choices[0]!.finish_reason).toBe('stop');
    expect(answer.usage).toMatchObject(toldUsage(wire));
    expect(await calls()).toMatchObject([{ ...entryOf(wire), streamed: false }]);
  });

  test('a stream and its usage agree for caller, provider and ledger', async () => {
    const { provider, client, model, calls } = await openOffice(wire);
    provider.next({ script: scriptOf(wire), pieceBytes: 11 });
    const options = { include_usage: true };
    const stream = await client.chat.completions.create({
      model,
      messages,
      stream: true,
      stream_options: options,
    });
    let text = '';
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe('Salve, naïve insula 🏛️');
    expect(usage).toMatchObject(toldUsage(wire));
    expect(await calls()).toMatchObject([{ ...entryOf(wire), streamed: true }]);
  });

  test('calls of tools arrive, streamed in parts', async () => {
    const { provider, client, model } = await openOffice(wire);
    const calls = [
      { id: 'call00001', name: 'get_weather', argumentPieces: ['{"ci', 'ty":"Ro', 'me"}'] },
      { id: 'call00002', name: 'get_weather', argumentPieces: ['{"city":', '"Ostia"}'] },
    ];
    provider.next({ script: scriptOf(wire, { textPieces: ['Let me look.'], calls }) });
    const stream = await client.chat.completions.create({ model, messages, tools, stream: true });
    const heard: { id: string; name: string; text: string }[] = [];
    for await (const chunk of stream)
      for (const call of chunk.choices[0]?.delta.tool_calls ?? []) {
        heard[call.index] ??= { id: call.id!, name: call.function!.name!, text: '' };
        heard[call.index]!.text += call.function?.arguments ?? '';
      }
    expect(heard.map(({ name, text }) => [name, JSON.parse(text).city])).toEqual([
      ['get_weather', 'Rome'],
      ['get_weather', 'Ostia'],
    ]);
  });

  test('an error has the status and the words of the provider, and costs nothing', async () => {
    const { provider, client, model, calls } = await openOffice(wire);
    provider.next({ status: 429, message: 'Slow down, please.', retryAfter: '7' });
    const failed = client.chat.completions.create({ model, messages });
    await expect(failed).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    await expect(failed).rejects.toThrow(/Slow down, please\./);
    expect(await calls()).toMatchObject([{ status: 429, input_tokens: 0, cost_micros: 0 }]);
  });

  test('a stream that breaks off is told, and what came of it is counted', async () => {
    const { provider, client, model, calls } = await openOffice(wire);
    const textPieces = Array.from({ length: 20 }, (_, i) => `word ${i} `);
    provider.next({ script: scriptOf(wire, { textPieces }), cutAfter: 12 });
    const listen = async () => {
      for await (const _ of await client.chat.completions.create({ model, messages, stream: true }));
    };
    await expect(listen()).rejects.toThrow();
    const [call] = await calls();
    expect(call).toMatchObject({ status: 502 });
    expect(call!.output_tokens).toBeGreaterThan(0);
  });
});
