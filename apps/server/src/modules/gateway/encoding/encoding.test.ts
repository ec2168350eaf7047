// An answer says the same whether it comes whole or as a stream, in every protocol, however its parts are cut.
import type { LanguageModelV4Content, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { watchEvents } from '../usage/index.ts';
import { chatWire } from '../wires/chat-wire.ts';
import { wires } from '../wires/index.ts';
import { type AnswerEncoder, blocksOf, type Closing, encoders, followBlocks, type Heading } from './index.ts';

type Json = Record<string, unknown>;
const heading: Heading = {
  id: '01890a5dac96774bbcceb302099a8057',
  model: 'm-1',
  createdAtMs: 1_767_225_600_000,
  asked: { stream_options: { include_usage: true }, include: ['reasoning.encrypted_content'] },
};
const tokens = { input_tokens: 5, cached_input_tokens: 3, output_tokens: 7, reasoning_tokens: 2 };

/** The parts in which a provider would stream the content, its texts cut at `size`. */
function partsOf(content: LanguageModelV4Content[], size: number): LanguageModelV4StreamPart[] {
  return content.flatMap((one, i): LanguageModelV4StreamPart[] => {
    const id = String(i);
    if (one.type === 'text' || one.type === 'reasoning') {
      const pieces = cut(one.text, size).map((delta) => ({ type: `${one.type}-delta` as const, id, delta }));
      const metadata = one.providerMetadata ? { providerMetadata: one.providerMetadata } : {};
      return [{ type: `${one.type}-start`, id }, ...pieces, { type: `${one.type}-end`, id, ...metadata }];
    }
    if (one.type !== 'tool-call') return [];
    const pieces = cut(one.input, size).map((delta) => ({
      type: 'tool-input-delta' as const,
      id: one.toolCallId,
      delta,
    }));
    const named = { type: 'tool-input-start' as const, id: one.toolCallId, toolName: one.toolName };
    return [named, ...pieces, { type: 'tool-input-end', id: one.toolCallId }, one];
  });
}
const cut = (text: string, size: number) => text.match(new RegExp(`[^]{1,${size}}`, 'gu')) ?? [];

function stream(
  encoder: AnswerEncoder,
  parts: LanguageModelV4StreamPart[],
  reason: Closing['reason'],
): string {
  const voice = encoder.stream(heading);
  let text = voice.begin();
  const follower = followBlocks(voice);
  for (const part of parts) text += follower.push(part);
  text += follower.end();
  return text + voice.close({ blocks: follower.blocks, reason, tokens });
}

/** The JSON of each event, in order. */
const eventsIn = (text: string): Json[] =>
  text
    .split('\n\n')
    .map((event) =>
      event
        .split('\n')
        .find((line) => line.startsWith('data: '))
        ?.slice(6),
    )
    .filter((line): line is string => line !== undefined && line !== '[DONE]')
    .map((line) => JSON.parse(line) as Json);

/** What a client of the protocol gathers from its stream. */
const gather: Record<'chat.completions' | 'responses' | 'messages', (events: Json[]) => Json> = {
  'chat.completions'(events) {
    const message: { content: string; reasoning_content: string; tool_calls: Json[] } = {
      content: '',
      reasoning_content: '',
      tool_calls: [],
    };
    let finish: unknown = null;
    let usage: unknown;
    for (const event of events) {
      usage = event.usage ?? usage;
      for (const choice of event.choices as { delta: Json; finish_reason: unknown }[]) {
        finish = choice.finish_reason ?? finish;
        message.content += String(choice.delta.content ?? '');
        message.reasoning_content += String(choice.delta.reasoning_content ?? '');
        for (const { index, ...call } of (choice.delta.tool_calls ?? []) as (Json & { index: number })[]) {
          const known = message.tool_calls[index] as { function: { arguments: string } } | undefined;
          if (known) known.function.arguments += (call.function as { arguments: string }).arguments;
          else message.tool_calls.push(structuredClone(call));
        }
      }
    }
    return { message, finish, usage };
  },
  responses: (events) => (events.at(-1) as { response: Json }).response,
  messages(events) {
    const content: (Json & { partial?: string })[] = [];
    let end: Json = {};
    for (const event of events) {
      const index = event.index as number;
      const delta = (event.delta ?? {}) as Record<string, string>;
      const block = content[index];
      if (event.type === 'content_block_start') content[index] = { ...(event.content_block as Json) };
      if (delta.type === 'text_delta') block!.text = `${block!.text}${delta.text}`;
      if (delta.type === 'thinking_delta') block!.thinking = `${block!.thinking}${delta.thinking}`;
      if (delta.type === 'signature_delta') block!.signature = delta.signature;
      if (delta.type === 'input_json_delta') block!.partial = `${block!.partial ?? ''}${delta.partial_json}`;
      if (event.type === 'message_delta') end = { ...delta, usage: event.usage };
    }
    const blocks = content.map(({ partial, ...block }) =>
      block.type === 'tool_use' ? { ...block, input: JSON.parse(partial ?? '{}') } : block,
    );
    return { content: blocks, ...end };
  },
};

/** The same of a whole answer. */
const outline: typeof gather = {
  'chat.completions': ([answer]) => {
    const [choice] = answer!.choices as { message: Json; finish_reason: unknown }[];
    const { content, reasoning_content = '', tool_calls = [] } = choice!.message;
    const message = { content: content ?? '', reasoning_content, tool_calls };
    return { message, finish: choice!.finish_reason, usage: answer!.usage };
  },
  responses: ([answer]) => answer!,
  messages: ([answer]) => {
    const { content, stop_reason, stop_sequence, usage } = answer!;
    return { content, stop_reason, stop_sequence, usage };
  },
};

const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });
const text = words.map((said): LanguageModelV4Content => ({ type: 'text', text: said }));
const reasoning = fc.tuple(words, fc.boolean()).map(
  ([said, signed]): LanguageModelV4Content => ({
    type: 'reasoning',
    text: said,
    ...(signed ? { providerMetadata: { google: { thoughtSignature: 'c2ln' } } } : {}),
  }),
);
const tool = fc.tuple(fc.uuid(), fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 })).map(
  ([toolCallId, input]): LanguageModelV4Content => ({
    type: 'tool-call',
    toolCallId,
    toolName: 'f',
    input: JSON.stringify(input),
  }),
);
const answers = fc.record({
  content: fc.array(fc.oneof(text, reasoning, tool), { maxLength: 5 }),
  size: fc.integer({ min: 1, max: 12 }),
  reason: fc.constantFrom<Closing['reason'][]>('stop', 'length', 'tool-calls', 'content-filter'),
});
const surfaces = ['chat.completions', 'responses', 'messages'] as const;

describe.each(surfaces)('an answer of %s', (surface) => {
  const encoder = encoders[surface]!;

  it('says the same whole and as a stream', () => {
    fc.assert(
      fc.property(answers, ({ content, size, reason }) => {
        const whole = encoder.whole(heading, { blocks: blocksOf(content), reason, tokens });
        const events = eventsIn(stream(encoder, partsOf(content, size), reason));
        const { completed_at: _a, ...expected } = outline[surface]([whole]);
        const { completed_at: _b, ...gathered } = gather[surface](events);
        expect(gathered).toEqual(expected);
      }),
    );
  });

  it('is metered by the relay as it was told', () => {
    fc.assert(
      fc.property(answers, ({ content, size, reason }) => {
        const wire = wires[surface];
        const bytes = Buffer.from(stream(encoder, partsOf(content, size), reason));
        const watch = watchEvents({ hideUsage: false, marks: wire.marks });
        watch.push(bytes);
        const { seen } = watch;
        expect(seen.tail).toBeDefined();
        expect(seen.error).toBeUndefined();
        const reasoned = surface === 'messages' ? { output_tokens: 9, reasoning_tokens: 0 } : {};
        expect(seen.usage).toEqual({ ...tokens, ...reasoned });
      }),
    );
  });
});

describe('a stream', () => {
  const chat = (parts: LanguageModelV4StreamPart[]) =>
    gather['chat.completions'](eventsIn(stream(encoders['chat.completions']!, parts, 'stop')));

  it('is followed where a provider ends its text late, or never', () => {
    const parts: LanguageModelV4StreamPart[] = [
      { type: 'text-start', id: '0' },
      { type: 'text-delta', id: '0', delta: 'Let me see.' },
      { type: 'tool-input-start', id: 'a', toolName: 'f' },
      { type: 'tool-input-start', id: 'b', toolName: 'g' },
      { type: 'tool-input-delta', id: 'b', delta: '{"x":1}' },
      { type: 'tool-input-delta', id: 'a', delta: '{"y"' },
      { type: 'tool-input-delta', id: 'a', delta: ':2}' },
      { type: 'text-end', id: '0' },
    ];
    expect(chat(parts)).toMatchObject({
      message: {
        content: 'Let me see.',
        tool_calls: [
          { id: 'a', function: { name: 'f', arguments: '{"y":2}' } },
          { id: 'b', function: { name: 'g', arguments: '{"x":1}' } },
        ],
      },
      finish: 'tool_calls',
    });
  });

  it('gives the call of a tool without arguments an empty object', () => {
    const call = { type: 'tool-call' as const, toolCallId: 'a', toolName: 'f', input: '{}' };
    const opened = { type: 'tool-input-start' as const, id: 'a', toolName: 'f' };
    for (const parts of [[call], [opened, call], [opened]])
      expect(chat(parts)).toMatchObject({ message: { tool_calls: [{ function: { arguments: '{}' } }] } });
  });

  it('numbers the events of Responses without a gap', () => {
    const events = eventsIn(stream(encoders.responses!, partsOf([{ type: 'text', text: 'abc' }], 1), 'stop'));
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, i) => i));
  });

  it('reports usage in chat only to callers who asked', () => {
    const encoder = encoders['chat.completions']!;
    const voice = encoder.stream({ ...heading, asked: {} });
    const closed = voice.begin() + voice.close({ blocks: [], reason: 'stop', tokens });
    expect(closed).not.toContain('usage');
    expect(chatWire.marks.findEnd(closed)).toBeGreaterThan(0);
  });
});
