// What every provider's failures come to, each told in its own wire format: status, words and Retry-After of the provider;
// and our own bounds where it is silent, stalls, breaks off or answers with something else.
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Act, allWires, type Script } from '../../../../test/fakes/wires/index.ts';
import { type ModelGround, openModelGround, partsOf, question } from '../../../../test/open-model-ground.ts';
import { type Failure, failureOf } from '../relay/failure-of.ts';
import { failureOfModel, isCutShort } from './failure-of-model.ts';

const script: Script = {
  textPieces: ['one ', 'two ', 'three ', 'four '],
  usage: { input: 10, cached: 0, written: 0, output: 4, reasoning: 0 },
};
const HTML = { type: 'text/html', bytes: '<html><body>502 Bad Gateway</body></html>' };

describe.each(allWires.map((wire) => [wire.name, wire] as const))('%s', (_name, wire) => {
  let ground: ModelGround;
  beforeAll(async () => {
    ground = await openModelGround(wire);
  });
  afterAll(() => ground.close());

  type Limits = Parameters<ModelGround['openerOf']>[0];
  async function failWhole(act: Act, limits: Limits = {}): Promise<Failure> {
    ground.provider.next(act);
    try {
      const { finishReason } = await ground.model(false, limits).doGenerate(question('Hi'));
      if (isCutShort(finishReason)) return failureOf('provider_answer_invalid');
    } catch (error) {
      return failureOfModel(error, ground.connection);
    }
    throw new Error('It did not fail.');
  }
  /** What a stream comes to: a failure thrown or told, or how it finished. */
  async function failStream(act: Act, limits: Limits = {}): Promise<Failure | 'cut short'> {
    ground.provider.next({ script, ...act });
    try {
      const parts = await partsOf(ground.model(true, limits), question('Hi'));
      const told = parts.find((part) => part.type === 'error');
      if (told) return failureOfModel(told.error, ground.connection);
      const finish = parts.findLast((part) => part.type === 'finish');
      if (!finish || isCutShort(finish.finishReason)) return 'cut short';
      throw new Error(`It finished: ${JSON.stringify(finish)}`);
    } catch (error) {
      return failureOfModel(error, ground.connection);
    }
  }
  const failures = [
    ['whole', failWhole],
    ['streamed', failStream],
  ] as const;

  test.each([400, 403, 404, 429, 500, 503, 529])(
    'status %s comes with the words of the provider',
    async (status) => {
      for (const [, fail] of failures) {
        const told = await fail({ status, message: `It is number ${status}.` });
        expect(told).toMatchObject({ status, code: 'provider_error' });
        expect((told as Failure).message).toContain(`It is number ${status}.`);
      }
    },
  );

  test('Retry-After is passed on', async () => {
    for (const [, fail] of failures)
      expect(await fail({ status: 429, retryAfter: '7' })).toMatchObject({ status: 429, retryAfter: '7' });
  });

  test('a message that quotes the secret is told without it', async () => {
    const secret = Object.values(ground.connection.secrets)[0]!;
    const told = await failWhole({ status: 400, message: `The key ${secret} may not do this.` });
    expect(told.message).toBe('The key … may not do this.');
  });

  test('an error page of a proxy is a failure with its status', async () => {
    for (const [, fail] of failures)
      expect(await fail({ status: 502, body: HTML })).toMatchObject({ status: 502, code: 'provider_error' });
  });

  test.each([
    ['a page', HTML],
    ['half an object', { type: 'application/json', bytes: '{"id":"x","choi' }],
    ['another object', { type: 'application/json', bytes: '{"hello":"world"}' }],
  ])('%s in place of an answer is no answer', async (_what, body) => {
    expect(await failWhole({ body })).toMatchObject({ status: 502, code: 'provider_answer_invalid' });
  });

  test('garbage in place of a stream is no answer', async () => {
    const bytes = 'data: {"id":"x","choi\n\n';
    const told = await failStream({ body: { type: wire.streamType, bytes } });
    expect(
      told === 'cut short' || told.code === 'provider_answer_invalid' || told.code === 'provider_cut',
    ).toBe(true);
  });

  test('an answer that breaks off is told as such, never taken for a short one', async () => {
    expect(await failWhole({ cutAfter: 0, script })).toMatchObject({ status: 502, code: 'provider_cut' });
    expect(await failStream({ cutAfter: 3 })).toMatchObject({ status: 502, code: 'provider_cut' });
    expect(await failStream({ endAfter: 3 })).toSatisfy(
      (told: Failure | 'cut short') => told === 'cut short' || told.code === 'provider_cut',
    );
  });

  test('a provider that is silent, or stalls, is not waited for longer than allowed', async () => {
    expect(await failStream({ isSilent: true }, { firstByteMs: 60 })).toMatchObject({
      code: 'provider_silent',
    });
    expect(await failStream({ stallAfter: 3 }, { idleMs: 60 })).toMatchObject({ code: 'provider_stalled' });
    expect(await failWhole({ isSilent: true }, { maxCallMs: 60 })).toMatchObject({ code: 'call_too_long' });
    expect(await failStream({ stallAfter: 3 }, { maxCallMs: 60 })).toMatchObject({ code: 'call_too_long' });
  });

  test('a redirect is not followed, a compressed or endless answer not taken', async () => {
    const { origin } = ground.provider;
    const before = ground.provider.requests.length;
    expect(await failWhole({ redirect: `${origin}/elsewhere` })).toMatchObject({
      code: 'provider_redirected',
    });
    expect(ground.provider.requests.length).toBe(before + 1);
    const bomb = {
      type: 'application/json',
      encoding: 'gzip',
      bytes: gzipSync(Buffer.alloc(5_000_000, ' ')),
    };
    expect(await failWhole({ body: bomb })).toMatchObject({ code: 'provider_answer_invalid' });
    const huge = { type: 'application/json', bytes: `{"x":"${'x'.repeat(200_000)}"}` };
    const told = await failWhole({ body: huge }, { maxResponseBytes: 100_000 });
    expect(told).toMatchObject({ code: 'provider_answer_too_large' });
  });

  test.skipIf(!wire.errorEvent)('an error in the middle of a stream is told with its status', async () => {
    const told = await failStream({ errorAfter: 3 });
    expect(told).toMatchObject({ code: 'provider_error', status: wire.errorEvent!.status });
  });

  test('a caller who leaves takes the connection along', async () => {
    ground.provider.next({ script, stallAfter: 3 });
    const leaving = new AbortController();
    const { stream } = await ground.model(true).doStream(question('Hi', { abortSignal: leaving.signal }));
    const reader = stream.getReader();
    await reader.read();
    leaving.abort();
    const end = (async () => {
      while (!(await reader.read()).done);
    })();
    await expect(end).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(() => ground.provider.connections()).toBeLessThanOrEqual(1);
  });
});
