// What a call used is read right however the bytes are cut and spelled, and text of the model cannot pass for it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chatWire } from '../wires/chat-wire.ts';
import { countsOf, countTokens, readUsage, textBytesIn, watchEvents } from './index.ts';

const USAGE = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 };
const COUNTS = { input_tokens: 9, cached_input_tokens: 0, output_tokens: 12, reasoning_tokens: 0 };
const chunkOf = (delta: unknown, more = {}) => ({
  id: 'c',
  choices: [{ index: 0, delta, finish_reason: null }],
  usage: null,
  ...more,
});
const LURE =
  'look: "usage":{"prompt_tokens":1,"completion_tokens":1} data: [DONE]\n\ndata: [DONE]\n\n"error":{"a":1} é漢';

/** A stream as bytes: its events in one of the spellings that the standard allows. */
function spell(events: unknown[], { end = '\n', blank = ' ', comment = '' } = {}): Buffer {
  const lines = [...events.map((event) => JSON.stringify(event)), '[DONE]'];
  return Buffer.from(lines.map((line) => `${comment}data:${blank}${line}${end}${end}`).join(''));
}

/** Pushes bytes in the sizes given, again and again; returns what passed and what was seen. */
function watchIn(bytes: Buffer, sizes: number[], hideUsage: boolean) {
  const watch = watchEvents({ hideUsage, marks: chatWire.marks });
  const passed: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    const part = watch.push(Buffer.from(bytes.subarray(at, at + size)));
    if (part) passed.push(part);
    at += size;
  }
  const rest = watch.end();
  if (rest) passed.push(rest);
  return { passed: Buffer.concat(passed).toString(), seen: watch.seen };
}

const events = [
  chunkOf({ role: 'assistant', content: '' }),
  chunkOf({ content: 'Salve' }),
  chunkOf({ content: LURE }),
  chunkOf({
    tool_calls: [
      { index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"usage":{}}' } },
    ],
  }),
  { id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: null },
];
const report = { id: 'c', choices: [], usage: USAGE };
const spellings = fc.record({
  end: fc.constantFrom('\n', '\r\n'),
  blank: fc.constantFrom(' ', ''),
  comment: fc.constantFrom('', ': still here\n', ':\n\n'),
});
const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 6 });

describe('a stream', () => {
  it('passes byte for byte but for its end, wherever it is cut and however it is spelled', () => {
    fc.assert(
      fc.property(spellings, sizes, (spelling, cuts) => {
        const { passed, seen } = watchIn(spell([...events, report], spelling), cuts, false);
        const whole = spell([...events, report], spelling).toString();
        expect(passed + seen.tail!.toString()).toBe(whole);
        expect(seen.tail!.toString()).toMatch(/^data: ?\[DONE\]/);
        expect(seen).toMatchObject({ usage: COUNTS, finished: true, error: undefined });
        expect(seen.textBytes).toBe(5 + Buffer.byteLength(LURE) + 1 + '{"usage":{}}'.length);
        expect(seen.deltas).toBe(3);
      }),
    );
  });

  it('hides the event that only reports usage, and no other', () => {
    fc.assert(
      fc.property(spellings, sizes, (spelling, cuts) => {
        const { passed, seen } = watchIn(
          spell([...events, report, chunkOf({ content: '' })], spelling),
          cuts,
          true,
        );
        const expected = watchIn(spell([...events, chunkOf({ content: '' })], spelling), cuts, false).passed;
        expect(passed.replaceAll(spelling.comment, '')).toBe(expected.replaceAll(spelling.comment, ''));
        expect(seen.usage).toEqual(COUNTS);
      }),
    );
  });

  it('keeps usage that comes with the last words', () => {
    const last = chunkOf({ content: '!' }, { usage: USAGE });
    const { passed, seen } = watchIn(spell([...events, last]), [64], true);
    expect(passed).toContain(JSON.stringify(last));
    expect(seen.usage).toEqual(COUNTS);
  });

  it('is not over before its end, and is even without an empty line behind it', () => {
    const bytes = spell(events);
    expect(watchIn(bytes.subarray(0, -2), [50], false).seen.tail?.toString()).toBe('data: [DONE]\n\n');
    const cut = watchIn(bytes.subarray(0, bytes.length - 14 - 40), [50], false).seen;
    expect(cut).toMatchObject({ tail: undefined, finished: false });
    const withoutDone = watchIn(bytes.subarray(0, bytes.length - 14), [50], false).seen;
    expect(withoutDone).toMatchObject({ tail: undefined, finished: true });
  });

  it.each([
    ['a page', '<html><body>Welcome</body></html>\n\n'],
    ['compressed bytes', '\u001f\u008b\b\0\0\n\n'],
    ['an event that was broken off', 'data: {"id":"chat\n\n'],
  ])('that turns into %s passes no further', (_what, garbage) => {
    const watch = watchEvents({ hideUsage: false, marks: chatWire.marks });
    expect(watch.push(Buffer.from('data: {"choices":[]}\n\n'))).toBeDefined();
    expect(watch.push(Buffer.from(garbage, 'latin1'))).toBeUndefined();
    expect(watch.seen.isGarbled).toBe(true);
  });

  it.each(['event: resp', 'data: {"a":{"b":1}', 'data: {"cho'])(
    'that ends with %j does not pass it on as an event',
    (beginning) => {
      const watch = watchEvents({ hideUsage: false, marks: chatWire.marks });
      watch.push(Buffer.from(`data: {"choices":[]}\n\n${beginning}`));
      expect(watch.end()).toBeUndefined();
    },
  );

  it('tells of the error that a provider sends in it', () => {
    const error = { error: { message: 'overloaded', code: 503 } };
    const { seen } = watchIn(spell([events[0], error]), [17], false);
    expect(seen.error?.said).toEqual(error.error);
    expect(
      watchIn(spell([chunkOf({ content: LURE }, { error: null })]), [17], false).seen.error,
    ).toBeUndefined();
  });

  it('reads usage from where providers hide it', () => {
    const groq = { ...chunkOf({}), x_groq: { id: 'r', usage: USAGE } };
    const kimi = { id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage: USAGE }] };
    for (const event of [groq, kimi]) expect(watchIn(spell([event]), [30], false).seen.usage).toEqual(COUNTS);
  });

  it('is read in time that grows with its size, however small the pieces of one event', () => {
    const bytes = Buffer.from(`data: ${JSON.stringify(chunkOf({ content: 'x'.repeat(4_000_000) }))}\n\n`);
    const startedAt = performance.now();
    const { seen } = watchIn(bytes, [100], false);
    expect(seen.textBytes).toBe(4_000_000);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe('a whole answer', () => {
  const answer = (more: object) => Buffer.from(JSON.stringify(more));
  const message = { choices: [{ message: { role: 'assistant', content: LURE } }] };

  it('has its usage wherever the field stands', () => {
    expect(readUsage(answer({ ...message, usage: USAGE }))).toEqual(COUNTS);
    expect(readUsage(answer({ usage: USAGE, ...message }))).toEqual(COUNTS);
    expect(readUsage(answer({ a: 1, usage: USAGE, z: { usage: { prompt_tokens: 77 } } }))).toEqual(COUNTS);
    expect(readUsage(Buffer.from(JSON.stringify({ ...message, usage: USAGE }, null, 2)))).toEqual(COUNTS);
  });

  it('has none where only its text or its depths speak of usage', () => {
    expect(readUsage(answer(message))).toBeUndefined();
    expect(readUsage(answer({ choices: [{ usage: USAGE }], usage: null }))).toBeUndefined();
    expect(
      readUsage(answer({ choices: [{ message: { content: '"usage"' } }], kind: 'usage' })),
    ).toBeUndefined();
    expect(readUsage(answer({ ...message, 'no "usage': USAGE }))).toBeUndefined();
    expect(readUsage(answer({ ...message, usage: { prompt_tokens: -1 } }))).toBeUndefined();
    expect(readUsage(Buffer.from('{"usage":{"prompt_tokens":1'))).toBeUndefined();
  });

  it('agrees with a full parse for any content', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), fc.boolean(), (value, text, isFirst) => {
        const json = isFirst
          ? { usage: USAGE, value, text }
          : { value, text: `${text}"usage":{`, usage: USAGE };
        expect(readUsage(answer(json))).toEqual(COUNTS);
      }),
    );
  });
});

describe('tokens', () => {
  it('are in four classes of which none contains another', () => {
    const details = {
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      prompt_tokens_details: { cached_tokens: 60 },
      completion_tokens_details: { reasoning_tokens: 40 },
    };
    expect(countsOf(details)).toEqual({
      input_tokens: 40,
      cached_input_tokens: 60,
      output_tokens: 10,
      reasoning_tokens: 40,
    });
    // Some providers count reasoning on top of the completion, and say so in the total.
    expect(countsOf({ ...details, total_tokens: 190 })).toMatchObject({
      output_tokens: 50,
      reasoning_tokens: 40,
    });
    expect(countsOf({ prompt_tokens: 10, prompt_cache_hit_tokens: 4 })).toMatchObject({
      input_tokens: 6,
      cached_input_tokens: 4,
    });
    expect(countsOf({ prompt_tokens: 8, total_tokens: 8 })).toMatchObject({
      input_tokens: 8,
      output_tokens: 0,
    });
  });

  it('are no tokens when the numbers are absurd', () => {
    for (const prompt_tokens of [undefined, null, -1, 1.5, 1e12, '7', Number.NaN]) {
      expect(countsOf({ prompt_tokens, completion_tokens: 1 })).toBeUndefined();
    }
    expect(
      countsOf({ prompt_tokens: 1, completion_tokens: 1, prompt_tokens_details: { cached_tokens: -5 } }),
    ).toBeUndefined();
  });

  it('counted here are a quarter of the bytes, and one a delta at least', () => {
    expect(countTokens(400, 41, 3)).toMatchObject({ input_tokens: 100, output_tokens: 11 });
    expect(countTokens(1, 3, 806)).toMatchObject({ input_tokens: 1, output_tokens: 806 });
    expect(
      textBytesIn({ choices: [{ message: { role: 'assistant', content: 'é漢', refusal: null } }] }),
    ).toBe(5);
  });
});
