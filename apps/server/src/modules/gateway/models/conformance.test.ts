// What every provider must do, each against a server that speaks its real wire format: text, thoughts, tools, JSON schemas,
// images, and usage to the last token.
import type {
  LanguageModelV4Content,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from '@ai-sdk/provider';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  allWires,
  type Script,
  type ScriptedWire,
  type WireRequest,
} from '../../../../test/fakes/wires/index.ts';
import { type ModelGround, openModelGround, partsOf, question } from '../../../../test/open-model-ground.ts';
import { countsOfUsage } from './counts-of-usage.ts';

const PIECES = ['Salve, ', 'in', 'sula: ', 'naïve 🏛️ ', '“quotes”\n', 'end.'];
const TEXT = PIECES.join('');
const tools = [
  {
    type: 'function' as const,
    name: 'get_weather',
    description: 'The weather of a city.',
    inputSchema: { type: 'object' as const, properties: { city: { type: 'string' as const } } },
  },
];
const calls = [
  { id: 'call00001', name: 'get_weather', argumentPieces: ['{"ci', 'ty":"Ro', 'me ü"}'] },
  { id: 'call00002', name: 'get_weather', argumentPieces: ['{"city":', '"Ostia"}'] },
];

/** A script that reports every class the wire has, each with a number of its own. */
function scriptOf({ reports }: ScriptedWire, more: Partial<Script> = {}): Script {
  return {
    textPieces: PIECES,
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

function expectUsage(wire: ScriptedWire, usage: LanguageModelV4Usage): void {
  const sent = scriptOf(wire).usage;
  expect(countsOfUsage(usage)).toEqual({
    input_tokens: sent.input + sent.written,
    cached_input_tokens: sent.cached,
    output_tokens: sent.output,
    reasoning_tokens: sent.reasoning,
  });
}

const textOf = (content: LanguageModelV4Content[], type: 'text' | 'reasoning' = 'text') =>
  content.map((part) => (part.type === type ? part.text : '')).join('');
const callsOf = (parts: (LanguageModelV4Content | LanguageModelV4StreamPart)[]) =>
  parts.flatMap((part) =>
    part.type === 'tool-call'
      ? [{ id: part.toolCallId, name: part.toolName, input: JSON.parse(part.input) }]
      : [],
  );
const expectedCalls = calls.map(({ id, name, argumentPieces }) => ({
  id,
  name,
  input: JSON.parse(argumentPieces.join('')),
}));

function deltasOf(parts: LanguageModelV4StreamPart[], type: 'text-delta' | 'reasoning-delta'): string {
  return parts.map((part) => (part.type === type ? part.delta : '')).join('');
}
function finishOf(parts: LanguageModelV4StreamPart[]) {
  const finish = parts.at(-1)!;
  if (finish.type !== 'finish') throw new Error(`It ended with ${JSON.stringify(finish)}.`);
  return finish;
}

describe.each(allWires.map((wire) => [wire.name, wire] as const))('%s', (_name, wire) => {
  let ground: ModelGround;
  beforeAll(async () => {
    ground = await openModelGround(wire);
  });
  afterAll(() => ground.close());
  const last = (): WireRequest => ground.provider.requests.at(-1)!;

  test('a whole answer: its text, its end and its usage', async () => {
    ground.provider.next({ script: scriptOf(wire) });
    const result = await ground.model(false).doGenerate(question('What is an insula?'));
    expect(textOf(result.content)).toBe(TEXT);
    expect(result.finishReason.unified).toBe('stop');
    expectUsage(wire, result.usage);
    expect(last().text).toContain('What is an insula?');
  });

  test.each([undefined, 1, 7])(
    'a stream, in pieces of %s bytes: its text, its end and its usage',
    async (pieceBytes) => {
      ground.provider.next({ script: scriptOf(wire), ...(pieceBytes ? { pieceBytes } : {}) });
      const parts = await partsOf(ground.model(true), question('What is an insula?'));
      expect(deltasOf(parts, 'text-delta')).toBe(TEXT);
      expect(finishOf(parts).finishReason.unified).toBe('stop');
      expectUsage(wire, finishOf(parts).usage);
    },
  );

  const isSilentOnThoughts = wire.provider === 'openai' || wire.provider === 'azure'; // in chat completions
  test.skipIf(isSilentOnThoughts)('thoughts stay apart from the text, whole and streamed', async () => {
    const script = scriptOf(wire, { thoughts: 'Let me see.' });
    ground.provider.next({ script }, { script });
    const { content } = await ground.model(false).doGenerate(question('Think.'));
    expect([textOf(content, 'reasoning'), textOf(content)]).toEqual(['Let me see.', TEXT]);
    const parts = await partsOf(ground.model(true), question('Think.'));
    expect([deltasOf(parts, 'reasoning-delta'), deltasOf(parts, 'text-delta')]).toEqual([
      'Let me see.',
      TEXT,
    ]);
  });

  test('tools are offered, and parallel calls of them come whole and streamed', async () => {
    const script = scriptOf(wire, { textPieces: ['Let me look.'], calls });
    ground.provider.next({ script }, { script });
    const whole = await ground.model(false).doGenerate(question('The weather?', { tools }));
    expect(callsOf(whole.content)).toEqual(expectedCalls);
    expect(whole.finishReason.unified).toBe('tool-calls');
    expect(last().text).toContain('The weather of a city.');
    const parts = await partsOf(ground.model(true), question('The weather?', { tools }));
    expect(callsOf(parts)).toEqual(expectedCalls);
    for (const { id, input } of expectedCalls) {
      const streamed = parts.map((part) =>
        part.type === 'tool-input-delta' && part.id === id ? part.delta : '',
      );
      expect(JSON.parse(streamed.join(''))).toEqual(input);
    }
    expect(finishOf(parts).finishReason.unified).toBe('tool-calls');
    expectUsage(wire, finishOf(parts).usage);
  });

  test('the results of tools go back to the calls they answer', async () => {
    ground.provider.next({ script: scriptOf(wire) });
    const asked = calls.map(({ id, name, argumentPieces }) => ({
      type: 'tool-call' as const,
      toolCallId: id,
      toolName: name,
      input: JSON.parse(argumentPieces.join('')) as unknown,
    }));
    const answered = calls.map(({ id, name }) => ({
      type: 'tool-result' as const,
      toolCallId: id,
      toolName: name,
      output: { type: 'text' as const, value: `the result of ${id}` },
    }));
    await ground.model(false).doGenerate({
      ...question('The weather?', { tools }),
      prompt: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'text', text: 'The weather?' }] },
        { role: 'assistant', content: asked },
        { role: 'tool', content: answered },
      ],
    });
    const { text } = last();
    expect(text).toContain('Be brief.');
    for (const { id } of calls) expect(text).toContain(`the result of ${id}`);
    if (wire.provider !== 'google')
      for (const { id } of calls) expect(text.split(id).length).toBeGreaterThan(2);
  });

  test('a JSON schema reaches the provider, and what fits it comes back', async () => {
    const json = '{"planet":"Terra"}';
    // Where the protocol has no schema of its own, the SDK asks for it as the one tool that must be called.
    const script = (request: WireRequest) =>
      /"name":"json"/.test(request.text)
        ? scriptOf(wire, {
            textPieces: [],
            calls: [{ id: 'json00001', name: 'json', argumentPieces: [json] }],
          })
        : scriptOf(wire, { textPieces: [json] });
    ground.provider.next({ script }, { script });
    const schema = {
      type: 'object' as const,
      properties: { planet: { type: 'string' as const } },
      required: ['planet'],
      additionalProperties: false,
    };
    const options = question('Which planet?', { responseFormat: { type: 'json', name: 'answer', schema } });
    const { content } = await ground.model(false).doGenerate(options);
    expect(JSON.parse(textOf(content))).toEqual({ planet: 'Terra' });
    expect(last().text).toContain('planet');
    const parts = await partsOf(ground.model(true), options);
    expect(JSON.parse(deltasOf(parts, 'text-delta'))).toEqual({ planet: 'Terra' });
  });

  test('an image arrives as it was sent', async () => {
    ground.provider.next({ script: scriptOf(wire) });
    const bytes = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
    const file = {
      type: 'file' as const,
      mediaType: 'image/png',
      data: { type: 'data' as const, data: bytes },
    };
    await ground.model(false).doGenerate({
      maxOutputTokens: 100,
      prompt: [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, file] }],
    });
    expect(last().text).toContain(bytes.toString('base64'));
    expect(last().text).toContain('png');
  });

  test('settings are passed on', async () => {
    ground.provider.next({ script: scriptOf(wire) });
    await ground.model(false).doGenerate(question('Hi', { temperature: 0.25, stopSequences: ['HALT'] }));
    expect(last().text).toMatch(/"temperature":0.25/);
    expect(last().text).toContain('HALT');
  });
});
