// What a caller sees when providers fail: an answer from the next one, or an honest failure; and what the ledger says.
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenAiProvider } from '../../../../test/fakes/openai-provider.ts';
import { type Office, type OfficeGround, openOfficeGround } from '../../../../test/open-office.ts';

let grounds: OfficeGround;
let first: OpenAiProvider;
let second: OpenAiProvider;
let office: Office;
const model = 'gpt-4o-mini';
const messages = [{ role: 'user' as const, content: 'What is an insula?' }];

beforeAll(async () => {
  grounds = await openOfficeGround();
  first = await grounds.startProvider();
  second = await grounds.startProvider();
});
afterAll(() => grounds?.close());

async function open(): Promise<void> {
  office = await grounds.openOffice([
    { provider: first, models: [model] },
    { provider: second, models: [model] },
  ]);
}

const ask = () => office.client.chat.completions.create({ model, messages }).withResponse();
const served = () => [first.requests.splice(0).length, second.requests.splice(0).length];

describe('a call whose first provider fails', () => {
  beforeAll(open);

  test.each([
    ['refuses connections with 500', { status: 500 }],
    ['is limited', { status: 429, retryAfter: '30' }],
    ['refuses the key', { status: 401 }],
    ['does not know the model', { status: 404 }],
    ['talks garbage', { body: { type: 'application/json', bytes: '{"id":"chat' } }],
    ['cuts the answer', { cutAfter: 1 }],
    ['redirects', { redirect: 'http://127.0.0.1:1/' }],
  ])('is answered by the next one when the first %s', async (_what, behaviour) => {
    await open();
    served();
    first.next(behaviour);
    const { data, response } = await ask();
    expect(data.choices[0]!.message.content).toBe('Salve, this is the insula.');
    expect(response.headers.get('x-insula-attempt')).toBe('2');
    expect(response.headers.get('x-insula-provider')).toBe('openai');
    expect(Number(response.headers.get('x-insula-cost-micros')?.split(' ')[0])).toBeGreaterThan(0);
    expect(served()).toEqual([1, 1]);
    const rows = await office.usage();
    expect(rows.map((row) => [row.attempt, row.status === 200, row.credential_id])).toEqual([
      [2, true, office.credentialIds[1]],
      [1, false, office.credentialIds[0]],
    ]);
    expect(new Set(rows.map((row) => row.id)).size).toBe(1);
    expect(rows[1]!.failure).toMatch(/^provider_/);
    expect(rows[1]!.cost_micros).toBe(0);
  });

  test('streams from the next one as long as nothing was sent, and tells a later failure in the stream', async () => {
    await open();
    first.next({ status: 503 });
    let text = '';
    for await (const chunk of await office.client.chat.completions.create({ model, messages, stream: true }))
      text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('Salve, this is the insula.');
    served();
    first.next({ cutAfter: 3 });
    const broken = (async () => {
      for await (const _ of await office.client.chat.completions.create({ model, messages, stream: true }));
    })();
    await expect(broken).rejects.toThrow(/closed the connection/);
    expect(served()).toEqual([1, 0]);
  });

  test('what is the fault of the question is not asked again', async () => {
    await open();
    served();
    first.next({ status: 400 });
    await expect(ask()).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    expect(served()).toEqual([1, 0]);
  });
});

describe('a call whose providers all fail', () => {
  test('is tried three times, and the caller has the last failure', async () => {
    await open();
    served();
    first.next({ status: 500 }, { status: 500 });
    second.next({ status: 503 });
    await expect(ask()).rejects.toMatchObject({ status: 500 });
    expect(served()).toEqual([2, 1]);
    expect((await office.usage()).map((row) => [row.attempt, row.status])).toEqual([
      [3, 500],
      [2, 503],
      [1, 500],
    ]);
  });

  test('waits as long as a provider asks for, when that is short', async () => {
    office = await grounds.openOffice([{ provider: first, models: [model] }]);
    first.next({ status: 429, retryAfter: '1' });
    const startedAt = performance.now();
    expect((await ask()).response.headers.get('x-insula-attempt')).toBe('2');
    expect(performance.now() - startedAt).toBeGreaterThan(990);
  });

  test('tells Retry-After at once when the provider asks for longer', async () => {
    office = await grounds.openOffice([{ provider: first, models: [model] }]);
    served();
    first.next({ status: 429, retryAfter: '30' });
    const failed = await ask().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(OpenAI.RateLimitError);
    expect((failed as InstanceType<typeof OpenAI.RateLimitError>).headers.get('retry-after')).toBe('30');
    expect(served()[0]).toBe(1);
  });
});

describe('a target that keeps failing', () => {
  test('is left alone while another one is well, and comes back', async () => {
    await open();
    first.next(...Array.from({ length: 5 }, () => ({ status: 500 })));
    for (let i = 0; i < 5; i++) await ask();
    served();
    for (let i = 0; i < 4; i++) expect((await ask()).response.headers.get('x-insula-attempt')).toBe('1');
    expect(served()).toEqual([0, 4]);
    grounds.ground.clock.advance(6_000);
    await ask();
    await ask();
    expect(served()).toEqual([2, 0]);
  });
});
