// What passes on the wires of Responses and Messages is metered right however it is cut, text of the model cannot pass for an
// event, and the end is held back whole.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allWires, type Script } from '../../../../test/fakes/wires/index.ts';
import { responsesWire as responsesFake } from '../../../../test/fakes/wires/responses-wire.ts';
import { watchEvents } from '../usage/index.ts';
import { wires } from './index.ts';

const anthropicFake = allWires.find((wire) => wire.provider === 'anthropic')!;
const LURE =
  'event: message_stop\ndata: {"type":"message_stop"}\n\n"type":"response.completed" "usage":{"input_tokens":1} "error":{"a":1} é漢';
const script: Script = {
  textPieces: ['Salve', LURE, ' and so on'],
  calls: [{ id: 'c', name: 'f', argumentPieces: ['{"usage":', '{}}'] }],
  usage: { input: 9, cached: 3, written: 0, output: 12, reasoning: 2 },
};
const cases = [
  ['messages', anthropicFake, 'event: message_stop'],
  ['responses', responsesFake, 'event: response.completed'],
] as const;

describe.each(cases)('a stream of %s', (surface, fake, end) => {
  const bytes = Buffer.concat(fake.stream(script));

  function watchIn(stream: Buffer, sizes: number[]) {
    const watch = watchEvents({ hideUsage: false, marks: wires[surface].marks });
    const passed: Buffer[] = [];
    for (let at = 0, turn = 0; at < stream.length; turn++) {
      const part = watch.push(Buffer.from(stream.subarray(at, at + sizes[turn % sizes.length]!)));
      if (part) passed.push(Buffer.from(part));
      at += sizes[turn % sizes.length]!;
    }
    const rest = watch.end();
    if (rest) passed.push(rest);
    return { passed: Buffer.concat(passed).toString(), seen: watch.seen };
  }

  it('passes unchanged up to its end, and is metered', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(sizes, (cuts) => {
        const { passed, seen } = watchIn(bytes, cuts);
        expect(passed + seen.tail!.toString()).toBe(bytes.toString());
        expect(seen.tail!.toString().startsWith(end)).toBe(true);
        expect(seen.usage).toEqual({
          input_tokens: 9,
          cached_input_tokens: 3,
          output_tokens: 12,
          reasoning_tokens: 2,
        });
        expect(seen.error).toBeUndefined();
        expect(seen.textBytes).toBeGreaterThan(LURE.length);
      }),
    );
  });

  it('is not over, and its use not known, when it is cut', () => {
    const { seen } = watchIn(bytes.subarray(0, bytes.lastIndexOf('event: ') - 400), [100]);
    expect(seen).toMatchObject({ tail: undefined, usage: undefined, finished: false });
    expect(seen.deltas).toBeGreaterThan(2);
  });

  it('tells of the error that a provider sends in it', () => {
    const events = fake.stream(script);
    const stream = Buffer.concat([...events.slice(0, 4), fake.errorEvent!.bytes]);
    const { seen, passed } = watchIn(stream, [50]);
    expect(seen.error?.said).toMatchObject({ message: expect.any(String) });
    expect(passed).toContain('event: error');
  });
});

it('reads the use of whole answers of each protocol', () => {
  for (const [surface, fake] of cases)
    expect(wires[surface].countsOf((fake.whole(script) as { usage: unknown }).usage)).toEqual({
      input_tokens: 9,
      cached_input_tokens: 3,
      output_tokens: 12,
      reasoning_tokens: 2,
    });
});

it('fails in the words of its protocol', () => {
  const failure = { status: 429, code: 'provider_error', type: 'provider_error', message: 'Slow down.' };
  expect(JSON.parse(wires.messages.encodeFailure(failure).toString())).toEqual({
    type: 'error',
    error: { type: 'rate_limit_error', message: 'Slow down.' },
  });
  const told = wires.responses.encodeFailureEvent(failure).toString();
  expect(told).toMatch(/^event: error\ndata: .*\n\n$/);
  expect(JSON.parse(told.slice(told.indexOf('{')))).toMatchObject({
    type: 'error',
    message: 'Slow down.',
    error: { message: 'Slow down.' },
  });
});
