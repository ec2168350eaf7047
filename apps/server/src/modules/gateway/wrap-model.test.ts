import type { LanguageModelV4CallOptions, LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type IdentityGround, openIdentityGround, type Place } from '../../../test/open-identity-ground.ts';
import { replayAnswer } from './cache/replay-answer.ts';
import { type Model, wrapModel } from './wrap-model.ts';

let ground: IdentityGround;
let place: Place;
let token: string;
beforeAll(async () => {
  ground = await openIdentityGround();
  place = await ground.newPlace();
  token = (await ground.signIn(await place.join('admin'))).access_token;
  await put('cache', { mode: 'exact' });
});
afterAll(() => ground?.close());

const put = (what: string, body: object) =>
  ground.api('PUT', `/v1/workspaces/${place.workspaceId}/${what}`, { token, body });
const personal = { type: 'personal', name: 'personal' };

/** A model that repeats what it is told, and remembers it. */
function repeater(): Model & { asked: string[] } {
  const asked: string[] = [];
  const answer = (options: LanguageModelV4CallOptions): LanguageModelV4GenerateResult => {
    const [message] = options.prompt;
    const [part] = message?.role === 'user' ? message.content : [];
    const text = part?.type === 'text' ? part.text : '';
    asked.push(text);
    return {
      content: [{ type: 'text', text: `You said: ${text}` }],
      finishReason: { unified: 'stop', raw: 'stop' },
      usage: {
        inputTokens: { total: 7, noCache: 7, cacheRead: 0, cacheWrite: 0 },
        outputTokens: { total: 7, text: 7, reasoning: 0 },
      },
      warnings: [],
    };
  };
  return {
    asked,
    generate: async (options) => answer(options),
    stream: async (options) => replayAnswer({ ...answer(options), keptAt: 0 }),
  };
}

/** One call as a surface makes it. */
async function open(model: Model) {
  const { guardrails, answerCache } = ground.app.gateway;
  const { guards } = await guardrails.load(place.id, place.workspaceId);
  const { settings } = await answerCache.load(place.id, place.workspaceId);
  return wrapModel(model, {
    guard: guards && guardrails.open(guards, { organizationId: place.id, workspaceId: place.workspaceId }),
    lookUp:
      settings &&
      ((options) =>
        answerCache.findAnswer(settings, {
          question: { surface: 'chat.completions', model: 'a/b', options },
          directive: undefined,
        })),
  });
}
const ask = (text: string): LanguageModelV4CallOptions => ({
  temperature: 0,
  prompt: [{ role: 'user', content: [{ type: 'text', text }] }],
});
async function textOfStream(stream: Awaited<ReturnType<Model['stream']>>) {
  let text = '';
  for await (const part of stream) if (part.type === 'text-delta') text += part.delta;
  return text;
}

test('two callers share a masked answer, each gets their own original back, and the model sees neither', async () => {
  await put('guardrails', { rules: [{ ...personal, action: 'mask' }] });
  const model = repeater();
  const first = await open(model);
  expect(await textOfStream(await first.stream(ask('Write to ann@example.com')))).toBe(
    'You said: Write to ann@example.com',
  );
  expect(first.told()).toMatchObject({ cache: 'miss', findings: [{ kind: 'email', phase: 'input' }] });
  await new Promise((resolve) => setTimeout(resolve, 200)); // an answer is kept beside the call, not in its way
  const second = await open(model);
  const { content, usage } = await second.generate(ask('Write to bob@example.com'));
  expect(content).toEqual([{ type: 'text', text: 'You said: Write to bob@example.com' }]);
  expect([second.told().cache, usage.outputTokens.total]).toEqual(['hit', 0]);
  const third = await open(model);
  expect(await textOfStream(await third.stream(ask('Write to eve@example.com')))).toBe(
    'You said: Write to eve@example.com',
  );
  expect(model.asked).toEqual(['Write to [EMAIL_1]']);
});

test('what is blocked is neither sent nor looked up', async () => {
  await put('guardrails', { rules: [{ ...personal, action: 'block' }] });
  const model = repeater();
  const call = await open(model);
  await expect(call.generate(ask('Write to ann@example.com'))).rejects.toMatchObject({
    code: 'content_blocked',
    message: expect.stringContaining('email'),
  });
  expect(model.asked).toEqual([]);
  expect(call.told()).toMatchObject({ cache: undefined, findings: [{ action: 'block' }] });
});

test('a policy holds for answers that were kept before it', async () => {
  await put('guardrails', { rules: [] });
  const model = repeater();
  await (await open(model)).generate(ask('the falcon flies'));
  await put('guardrails', {
    rules: [{ type: 'deny_list', name: 'd', action: 'block', phases: ['output'], words: ['falcon'] }],
  });
  const call = await open(model);
  expect(await call.generate(ask('the falcon flies'))).toMatchObject({
    content: [],
    finishReason: { unified: 'content-filter' },
  });
  expect(call.told().cache).toBe('hit');
  expect(model.asked.length).toBe(1);
});
