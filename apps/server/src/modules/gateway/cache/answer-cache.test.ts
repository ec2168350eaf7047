import type { LanguageModelV4GenerateResult, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type IdentityGround,
  openIdentityGround,
  type Place,
  within,
} from '../../../../test/open-identity-ground.ts';
import { createMemoryAnswers } from './create-memory-answers.ts';
import { gatherParts } from './gather-parts.ts';
import { replayAnswer, replayResult } from './replay-answer.ts';

let ground: IdentityGround;
let place: Place;
let token: string;
beforeAll(async () => {
  ground = await openIdentityGround();
  place = await ground.newPlace();
  token = (await ground.signIn(await place.join('admin'))).access_token;
});
afterAll(() => ground?.close());

const setUp = (settings: object, at: Place = place) =>
  ground.api('PUT', `/v1/workspaces/${at.workspaceId}/cache`, { token, body: settings });
const question = (text: string, temperature: number | null) => ({
  surface: 'chat.completions',
  model: 'openai/gpt-4o',
  options: {
    prompt: [{ role: 'user' as const, content: [{ type: 'text' as const, text }] }],
    ...(temperature === null ? {} : { temperature }),
  },
});
const answered = (text: string): LanguageModelV4GenerateResult => ({
  content: [{ type: 'text', text }],
  finishReason: { unified: 'stop', raw: 'stop' },
  usage: {
    inputTokens: { total: 9, noCache: 9, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: 9, text: 9, reasoning: 0 },
  },
  warnings: [],
});

type Directive = 'no-store' | 'refresh' | undefined;
async function look(
  text: string,
  more: { directive?: Directive; temperature?: number | null; at?: Place } = {},
) {
  const { answerCache } = ground.app.gateway;
  const at = more.at ?? place;
  const { settings } = await answerCache.load(at.id, at.workspaceId);
  if (!settings) return { status: 'off' as const, answer: undefined, keep: async () => undefined };
  const asked = question(text, more.temperature === undefined ? 0 : more.temperature);
  return answerCache.findAnswer(settings, { question: asked, directive: more.directive });
}
const textOf = ({ answer }: Awaited<ReturnType<typeof look>>) =>
  answer?.content.map((part) => (part.type === 'text' ? part.text : part.type)).join('');

describe('the cache of answers', () => {
  test('is off until it is turned on, and then gives an answer again, at no tokens', async () => {
    expect((await look('one')).status).toBe('off');
    expect((await setUp({ mode: 'exact' })).body).toMatchObject({ mode: 'exact', ttl_seconds: 3_600 });
    const miss = await look('one');
    expect(miss.status).toBe('miss');
    await miss.keep(answered('1'));
    const hit = await look('one');
    expect([hit.status, textOf(hit)]).toEqual(['hit', '1']);
    expect(replayResult(hit.answer!).usage).toMatchObject({
      inputTokens: { total: 0 },
      outputTokens: { total: 0 },
    });
    expect((await look('two')).status).toBe('miss');
  });

  test('is not shared with another workspace or organization', async () => {
    const [mine, other] = [await ground.newPlace(), await ground.newPlace()];
    for (const one of [mine, other]) {
      const key = (await ground.signIn(await one.join('admin'))).access_token;
      const path = `/v1/workspaces/${one.workspaceId}/cache`;
      await ground.api('PUT', path, { token: key, body: { mode: 'semantic' } });
      expect((await ground.api('GET', path, { token })).status).toBe(404);
    }
    await (await look('shared?', { at: mine })).keep(answered('mine'));
    expect((await look('shared?', { at: mine })).status).toBe('hit');
    expect((await look('shared?', { at: other })).status).toBe('miss');
  });

  test('does what the caller says about it, and leaves sampled answers alone unless told otherwise', async () => {
    await (await look('fresh')).keep(answered('old'));
    expect((await look('fresh', { directive: 'no-store' })).status).toBeUndefined();
    const refreshed = await look('fresh', { directive: 'refresh' });
    expect(refreshed.status).toBe('miss');
    await refreshed.keep(answered('new'));
    expect(textOf(await look('fresh'))).toBe('new');
    expect((await look('fresh', { temperature: 0.7 })).status).toBeUndefined();
    expect((await look('fresh', { temperature: null })).status).toBeUndefined();
    await setUp({ mode: 'exact', cache_sampled: true });
    expect((await look('fresh', { temperature: 0.7 })).status).toBe('miss');
  });

  test('keeps whole answers only', async () => {
    const bad: Partial<LanguageModelV4GenerateResult>[] = [
      { finishReason: { unified: 'content-filter', raw: 'x' } },
      { finishReason: { unified: 'error', raw: 'x' } },
      { content: [] },
      {
        content: [{ type: 'file', mediaType: 'image/png', data: { type: 'data', data: new Uint8Array(1) } }],
      },
    ];
    for (const one of bad) await (await look('partial')).keep({ ...answered('x'), ...one });
    expect((await look('partial')).status).toBe('miss');
  });

  test('is empty after it was emptied, set up anew, or its time has passed', async () => {
    await setUp({ mode: 'exact', ttl_seconds: 1 });
    await (await look('brief')).keep(answered('x'));
    expect((await look('brief')).status).toBe('hit');
    await within(3_000, async () => (await look('brief')).status === 'miss');
    await setUp({ mode: 'exact' });
    await (await look('gone')).keep(answered('x'));
    const emptied = await ground.api('DELETE', `/v1/workspaces/${place.workspaceId}/cache`, { token });
    expect(emptied.body).toMatchObject({ mode: 'exact', emptied_at: expect.any(String) });
    expect((await look('gone')).status).toBe('miss');
    expect((await place.events('cache.emptied')).length).toBe(1);
  });

  test('keeps no more answers than its workspace may have', async () => {
    await setUp({ mode: 'exact', max_entries: 3 });
    for (const text of ['a', 'b', 'c', 'd', 'e']) await (await look(text)).keep(answered(text));
    const found = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(async (text) => (await look(text)).status));
    expect(found).toEqual(['miss', 'miss', 'hit', 'hit', 'hit']);
  });

  test('answers what means the same, if the workspace wants that', async () => {
    await setUp({ mode: 'semantic', similarity_threshold: 0.9 });
    await (await look('What is the capital of France?')).keep(answered('Paris'));
    const alike = await look("What's the capital of France?");
    expect([alike.status, textOf(alike)]).toEqual(['semantic', 'Paris']);
    expect((await look('What is the capital of Norway?')).status).toBe('miss');
    expect((await look("What's the capital of France?", { directive: 'refresh' })).status).toBe('miss');
  });

  test.runIf(process.env.TEST_REDIS_URL)('lies in Redis sealed, under keys that say nothing', async () => {
    await setUp({ mode: 'exact' });
    await (await look('my secret question')).keep(answered('my secret answer'));
    const { redis, redisPrefix } = ground.app;
    const keys = await redis!.keys(`${redisPrefix}answer:{${place.id}}:*`);
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(key).not.toContain('secret');
      expect((await redis!.getBuffer(key))!.toString('latin1')).not.toContain('secret');
    }
  });
});

describe('an answer', () => {
  const call = { type: 'tool-call', toolCallId: 'c', toolName: 'look', input: '{"x":1}' } as const;
  const kept = {
    content: [
      { type: 'reasoning' as const, text: 'Hm.' },
      { type: 'text' as const, text: `Long 😀 ${'text 😀 '.repeat(80)}` },
      call,
    ],
    finishReason: { unified: 'tool-calls' as const, raw: 'tool_calls' },
    modelId: 'gpt-4o-2024',
    keptAt: 0,
  };

  test('is the same after it was streamed and gathered again', async () => {
    const gathered: LanguageModelV4GenerateResult[] = [];
    const parts: LanguageModelV4StreamPart[] = [];
    for await (const part of gatherParts(replayAnswer(kept), (result) => gathered.push(result)))
      parts.push(part);
    expect(gathered).toMatchObject([{ content: kept.content, finishReason: kept.finishReason }]);
    expect(gathered[0]!.response).toEqual({ modelId: 'gpt-4o-2024' });
    expect(
      parts.filter((part) => part.type === 'text-delta').every((part) => part.delta.isWellFormed()),
    ).toBe(true);
  });

  test('is not gathered from a stream that failed or ended early', async () => {
    const gathered: unknown[] = [];
    const parts: LanguageModelV4StreamPart[] = [];
    for await (const part of replayAnswer(kept)) parts.push(part);
    const error = { type: 'error' as const, error: 'x' };
    for (const broken of [parts.slice(0, -1), [...parts.slice(0, 4), error, ...parts.slice(4)]])
      for await (const _ of gatherParts(ReadableStream.from(broken), (result) => gathered.push(result)));
    expect(gathered).toEqual([]);
  });
});

test('the memory of all workspaces together is bounded in bytes', async () => {
  const answers = createMemoryAnswers(200_000);
  const at = { organizationId: 'o'.repeat(36), workspaceId: 'w'.repeat(36), generation: 1 };
  const kept = { text: 'x'.repeat(4_000), ttlMs: 60_000, maxEntries: 1_000 };
  for (let i = 0; i < 100; i++) await answers.keep(at, `${i}`, kept);
  const found = await Promise.all(Array.from({ length: 100 }, (_, i) => answers.find(at, `${i}`)));
  expect(found.filter(Boolean).length).toBeLessThan(26);
  expect(found.at(-1)).toBe(kept.text);
  await answers.keep(at, 'huge', { ...kept, text: 'x'.repeat(50_000) });
  expect(await answers.find(at, 'huge')).toBeUndefined();
  await answers.clear(at);
  expect(await answers.find(at, '99')).toBeUndefined();
});
