// The same conversation is understood alike in every protocol, and no input makes a decoder fail in another way than by a refusal.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AskError } from '../relay/read-ask.ts';
import { decoders } from './index.ts';

const parameters = { type: 'object', properties: { city: { type: 'string' } } };
const prompt = [
  { role: 'system', content: 'Be brief.' },
  {
    role: 'user',
    content: [
      { type: 'text', text: 'Look' },
      { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AAAA' } },
    ],
  },
  {
    role: 'assistant',
    content: [
      { type: 'text', text: 'I ask.' },
      { type: 'tool-call', toolCallId: 'c1', toolName: 'f', input: { city: 'Rome' } },
      { type: 'tool-call', toolCallId: 'c2', toolName: 'f', input: {} },
    ],
  },
  {
    role: 'tool',
    content: [
      { type: 'tool-result', toolCallId: 'c1', toolName: 'f', output: { type: 'text', value: 'rain' } },
      { type: 'tool-result', toolCallId: 'c2', toolName: 'f', output: { type: 'text', value: 'sun' } },
    ],
  },
];
const call = (id: string, input: string) => ({
  id,
  type: 'function',
  function: { name: 'f', arguments: input },
});
const PNG = 'data:image/png;base64,AAAA';

const bodies: Record<'chat.completions' | 'responses' | 'messages', Record<string, unknown>> = {
  'chat.completions': {
    messages: [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image_url', image_url: { url: PNG } },
        ],
      },
      { role: 'assistant', content: 'I ask.', tool_calls: [call('c1', '{"city":"Rome"}'), call('c2', '')] },
      { role: 'tool', tool_call_id: 'c1', content: 'rain' },
      { role: 'tool', tool_call_id: 'c2', content: [{ type: 'text', text: 'sun' }] },
    ],
    max_completion_tokens: 50,
    temperature: 0.5,
    tools: [{ type: 'function', function: { name: 'f', parameters } }],
    tool_choice: { type: 'function', function: { name: 'f' } },
    reasoning_effort: 'high',
  },
  responses: {
    instructions: 'Be brief.',
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'Look' },
          { type: 'input_image', image_url: PNG },
        ],
      },
      {
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'I ask.', annotations: [] }],
      },
      { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{"city":"Rome"}' },
      { type: 'function_call', call_id: 'c2', name: 'f', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c1', output: 'rain' },
      { type: 'function_call_output', call_id: 'c2', output: 'sun' },
    ],
    max_output_tokens: 50,
    temperature: 0.5,
    tools: [{ type: 'function', name: 'f', parameters }],
    tool_choice: { type: 'function', name: 'f' },
    reasoning: { effort: 'high' },
  },
  messages: {
    system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'I ask.' },
          { type: 'tool_use', id: 'c1', name: 'f', input: { city: 'Rome' } },
          { type: 'tool_use', id: 'c2', name: 'f', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'c1', content: 'rain' },
          { type: 'tool_result', tool_use_id: 'c2', content: [{ type: 'text', text: 'sun' }] },
        ],
      },
    ],
    max_tokens: 50,
    temperature: 0.5,
    tools: [{ name: 'f', input_schema: parameters }],
    tool_choice: { type: 'tool', name: 'f' },
    thinking: { type: 'enabled', budget_tokens: 20_000 },
  },
};
const surfaces = Object.keys(bodies) as (keyof typeof bodies)[];

describe.each(surfaces)('a call of %s', (surface) => {
  const decode = decoders[surface]!;

  it('is understood like the same call in every other protocol', () => {
    expect(decode({ model: 'm', ...bodies[surface] })).toEqual({
      prompt,
      maxOutputTokens: 50,
      temperature: 0.5,
      reasoning: 'high',
      tools: [{ type: 'function', name: 'f', inputSchema: parameters }],
      toolChoice: { type: 'tool', toolName: 'f' },
    });
  });

  it('is understood or refused by name, whatever stands in one of its fields', () => {
    const fields = Object.keys(bodies[surface]);
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.jsonValue(), fc.string(), (field, value, unknown) => {
        for (const body of [
          { ...bodies[surface], [field]: value },
          { ...bodies[surface], [`x${unknown}`]: value },
        ]) {
          try {
            decode(body);
          } catch (error) {
            expect(error).toBeInstanceOf(AskError);
            expect((error as AskError).failure).toMatchObject({ status: 400, code: 'not_translatable' });
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('does not take a field that it does not know', () => {
    expect(() => decode({ ...bodies[surface], unheard_of: 1 })).toThrow('"unheard_of"');
  });
});

it('takes back of carried reasoning only what it may hold', () => {
  const sealed = `insula.${Buffer.from('{"openai":{"itemId":"x"},"google":{"thoughtSignature":"s","other":1}}').toString('base64url')}`;
  const body = {
    model: 'm',
    max_tokens: 1,
    messages: [{ role: 'assistant', content: [{ type: 'thinking', thinking: 't', signature: sealed }] }],
  };
  expect(decoders.messages!(body).prompt).toEqual([
    {
      role: 'assistant',
      content: [{ type: 'reasoning', text: 't', providerOptions: { google: { thoughtSignature: 's' } } }],
    },
  ]);
});
