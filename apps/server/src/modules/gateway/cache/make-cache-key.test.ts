import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeCacheKey, placeKey, splitQuestion, writeCanonical } from './make-cache-key.ts';

const hashKey = Buffer.alloc(32, 3);
const user = (text: string) => ({ role: 'user' as const, content: [{ type: 'text' as const, text }] });
const options = (more: Partial<LanguageModelV4CallOptions> = {}): LanguageModelV4CallOptions => ({
  prompt: [{ role: 'system', content: 'Be brief.' }, user('What is an insula?')],
  temperature: 0,
  ...more,
});
const keyOf = (more: Partial<LanguageModelV4CallOptions> = {}, model = 'openai/gpt-4o') =>
  makeCacheKey(hashKey, { surface: 'chat.completions', model, options: options(more) });

const anything = fc.anything({
  withNullPrototype: false,
  withBigInt: false,
  values: [fc.string({ unit: 'binary' }), fc.double(), fc.boolean(), fc.constant(null)],
});
/** Equal for values that ask the same: without what is undefined, keys in any order. */
const asked = (value: unknown): string =>
  JSON.stringify(value ?? null, (_key, own: unknown) => {
    if (typeof own === 'number') return Number.isFinite(own) ? own : `number ${own}`;
    if (typeof own === 'string') return `text ${own}`;
    return own && typeof own === 'object' && !Array.isArray(own)
      ? Object.fromEntries(Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1)))
      : own;
  });

describe('different questions never share a key', () => {
  test('whatever they are made of', () => {
    fc.assert(
      fc.property(anything, anything, (one, other) => {
        expect(writeCanonical(one) === writeCanonical(other)).toBe(asked(one) === asked(other));
      }),
      { numRuns: 5_000 },
    );
  });

  test('where the same signs are parted elsewhere', () => {
    const pairs: [unknown, unknown][] = [
      [
        ['ab', 'c'],
        ['a', 'bc'],
      ],
      [[['a'], 'b'], [['a', 'b']]],
      [{ a: 'b' }, ['a', 'b']],
      [1, '1'],
      ['\ud800', '\udfff'],
      [null, 'n'],
      [
        { a: 1, b: undefined },
        { a: 1, b: null },
      ],
    ];
    for (const [one, other] of pairs) expect(writeCanonical(one)).not.toBe(writeCanonical(other));
    const place = { organizationId: 'o'.repeat(36), workspaceId: 'w'.repeat(36), generation: 1 };
    expect(placeKey(place, '1:a')).not.toBe(placeKey({ ...place, generation: 11 }, 'a'));
    expect(() => placeKey({ ...place, workspaceId: '' }, 'a')).toThrow(TypeError);
  });

  test('where anything differs that determines the answer, and only then', () => {
    const differing = [
      keyOf(),
      keyOf({}, 'openai/gpt-4o-mini'),
      keyOf({ temperature: 0.1 }),
      keyOf({ maxOutputTokens: 5 }),
      keyOf({ stopSequences: ['x'] }),
      keyOf({ seed: 1 }),
      keyOf({ responseFormat: { type: 'json' } }),
      keyOf({ prompt: [user('What is an insula?')] }),
      keyOf({ providerOptions: { openai: { user: 'a' } } }),
      keyOf({ headers: { 'Anthropic-Beta': 'x' } }),
      keyOf({ tools: [{ type: 'function', name: 'f', inputSchema: {} }] }),
    ];
    expect(new Set(differing).size).toBe(differing.length);
    const signal = new AbortController().signal;
    expect(keyOf({ abortSignal: signal, headers: { 'x-request-id': '1' }, includeRawChunks: true })).toBe(
      keyOf(),
    );
  });
});

describe('a question may be answered by one that means the same', () => {
  const split = (more: Partial<LanguageModelV4CallOptions>) =>
    splitQuestion(hashKey, { surface: 's', model: 'm', options: options(more) });
  test('only if it is one text without tools, images or a form of answer', () => {
    expect(split({})?.text).toBe('What is an insula?');
    const image = {
      type: 'file' as const,
      mediaType: 'image/png',
      data: { type: 'data' as const, data: new Uint8Array(1) },
    };
    const refused: Partial<LanguageModelV4CallOptions>[] = [
      { tools: [{ type: 'function', name: 'f', inputSchema: {} }] },
      { responseFormat: { type: 'json' } },
      { prompt: [user('a'), { role: 'assistant', content: [] }, user('b')] },
      { prompt: [{ role: 'user', content: [{ type: 'text', text: 'a' }, image] }] },
      { prompt: [user(' ')] },
    ];
    for (const one of refused) expect(split(one)).toBeUndefined();
  });

  test('with the same model, parameters and system prompt', () => {
    const group = split({})!.group;
    expect(split({ prompt: [{ role: 'system', content: 'Be brief.' }, user('Another?')] })!.group).toBe(
      group,
    );
    expect(split({ prompt: [user('What is an insula?')] })!.group).not.toBe(group);
    expect(split({ temperature: 0.1 })!.group).not.toBe(group);
  });
});
