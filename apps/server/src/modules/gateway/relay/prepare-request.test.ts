// The body a provider gets is the one that was authorised, and otherwise the caller's own bytes.
import { describe, expect, it } from 'vitest';
import { type Preparation, prepareRequest } from './prepare-request.ts';
import { AskError, readAsk } from './read-ask.ts';

const prepare = (text: string, more: Partial<Preparation> = {}) =>
  prepareRequest(readAsk(Buffer.from(text)), {
    upstreamModel: 'real-1',
    askUsage: true,
    hasOutput: true,
    limits: ['max_completion_tokens', 'max_tokens'],
    ...more,
  });
const bodyOf = (text: string, more: Partial<Preparation> = {}) => prepare(text, more).body.toString();

describe('the model', () => {
  it('is replaced where it stands, and every other byte is the caller’s', () => {
    const rest = '"seed": 12345678901234567890, "1":0 ,"messages":[{"content":"my \\"model\\": x é漢"}] }';
    expect(bodyOf(`{ "model" : "a\\"b", ${rest}`)).toBe(`{ "model" : "real-1", ${rest}`);
    expect(bodyOf(`{"model":"real-1",${rest}`)).toBe(`{"model":"real-1",${rest}`);
    expect(bodyOf('{"model":"x"}', { upstreamModel: 'we"ird\\漢' })).toBe('{"model":"we\\"ird\\\\漢"}');
  });

  it('is replaced at the top only', () => {
    const tools = { tools: [{ function: { parameters: { properties: { model: { type: 'string' } } } } }] };
    expect(JSON.parse(bodyOf(JSON.stringify({ ...tools, model: 'x' })))).toEqual({
      ...tools,
      model: 'real-1',
    });
    const metadata = { metadata: { model: 'x' }, messages: [{ content: '"model":"x"' }] };
    expect(JSON.parse(bodyOf(JSON.stringify({ model: 'x', ...metadata })))).toEqual({
      model: 'real-1',
      ...metadata,
    });
  });

  it('cannot be hidden in a second field that another parser would read', () => {
    for (const body of [
      '{"model":"cheap","model":"dear"}',
      '{"model":"cheap","mod\\u0065l":"dear"}',
      '{"mod\\u0065l":"cheap","model":"dear"}',
      '{"\\u006Dodel":"cheap"}',
    ]) {
      expect(bodyOf(body)).toBe('{"model":"real-1"}');
    }
  });

  it('is taken from the default where the caller names none', () => {
    const ask = readAsk(Buffer.from('{"metadata":{"model":"x"}}'), 'usual');
    expect(ask.model).toBe('usual');
    const { body } = prepareRequest(ask, {
      upstreamModel: 'real-1',
      askUsage: true,
      hasOutput: true,
      limits: ['max_tokens'],
    });
    expect(JSON.parse(body.toString())).toEqual({ metadata: { model: 'x' }, model: 'real-1' });
  });
});

describe('absent fields', () => {
  it('are filled in from the workspace, and present ones are left alone', () => {
    const defaults = { temperature: 0.7, top_p: 1, max_tokens: 2_048 };
    expect(JSON.parse(bodyOf('{"model":"m","temperature":0,"top_p":null}', { defaults }))).toEqual({
      model: 'real-1',
      temperature: 0,
      top_p: null,
      max_tokens: 2_048,
    });
    expect(bodyOf('{"model":"m","temperature":0}', { defaults }).match(/temperature/g)).toHaveLength(1);
    expect(JSON.parse(bodyOf('{"model":"m","max_completion_tokens":5}', { defaults }))).not.toHaveProperty(
      'max_tokens',
    );
  });

  it('ask for the usage of a stream that the caller did not ask for, and hide it', () => {
    const asked = (text: string) => {
      const { body, hideUsage } = prepare(text);
      return [JSON.parse(body.toString()).stream_options, hideUsage];
    };
    const wanted = { include_usage: true };
    expect(asked('{"model":"m","stream":true}')).toEqual([wanted, true]);
    expect(asked('{"model":"m","stream":true,"stream_options":null}')).toEqual([wanted, true]);
    expect(asked('{"model":"m","stream":true,"stream_options":{"include_usage":false,"x":1}}')).toEqual([
      { ...wanted, x: 1 },
      true,
    ]);
    expect(asked('{"model":"m","stream":true,"stream_options":{"include_usage":true}}')).toEqual([
      wanted,
      false,
    ]);
    expect(asked('{"model":"m","stream":false}')).toEqual([undefined, false]);
    expect(bodyOf('{"model":"m","stream":true}', { askUsage: false })).not.toContain('stream_options');
  });
});

describe('the worst case', () => {
  it('is a quarter of the bytes, and the output limit times the answers asked for', () => {
    const worst = (text: string, more = {}) => prepare(text, more).worst;
    expect(worst(`{"model":"m","messages":"${'x'.repeat(400)}","max_tokens":100,"n":3}`)).toMatchObject({
      output_tokens: 300,
    });
    expect(worst(`{"model":"m","messages":"${'x'.repeat(400)}"}`).input_tokens).toBe(108);
    expect(worst('{"model":"m"}').output_tokens).toBe(4_096);
    expect(worst('{"model":"m"}', { defaults: { max_tokens: 9 } }).output_tokens).toBe(9);
    expect(worst('{"model":"m","input":"x"}', { hasOutput: false }).output_tokens).toBe(0);
    for (const silly of ['-1', '1e99', '"5"', 'null', '1.5']) {
      expect(worst(`{"model":"m","max_tokens":${silly},"n":${silly}}`).output_tokens).toBe(4_096);
    }
  });
});

describe('a body that is no ask', () => {
  it('is refused with words for its sender', () => {
    for (const body of [
      '',
      '[]',
      'null',
      '"x"',
      '{"model":',
      '{}',
      '{"model":5}',
      '{"model":""}',
      '{"model":"m","stream":"yes"}',
    ]) {
      expect(() => readAsk(Buffer.from(body)), body).toThrow(AskError);
    }
  });
});
