// Guardrails and the answer cache in whole calls: what the provider sees, what the caller has, what is billed and what is kept.
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenAiProvider } from '../../../../test/fakes/openai-provider.ts';
import { type Office, type OfficeGround, openOfficeGround } from '../../../../test/open-office.ts';

let grounds: OfficeGround;
let provider: OpenAiProvider;
let office: Office;
const model = 'gpt-4o-mini';
type Row = Record<string, unknown>;

beforeAll(async () => {
  grounds = await openOfficeGround();
  provider = await grounds.startProvider();
});
afterAll(() => grounds?.close());

const home = () => `/v1/workspaces/${office.place.workspaceId}`;
const ask = (content: string, more: object = {}, headers: Record<string, string> = {}) =>
  office.client.chat.completions
    .create({ model, messages: [{ role: 'user', content }], ...more, stream: false }, { headers })
    .withResponse();
async function streamed(content: string) {
  const { data, response } = await office.client.chat.completions
    .create({ model, messages: [{ role: 'user', content }], stream: true, temperature: 0 })
    .withResponse();
  let text = '';
  let reason: string | null | undefined;
  for await (const chunk of data) {
    text += chunk.choices[0]?.delta.content ?? '';
    reason = chunk.choices[0]?.finish_reason ?? reason;
  }
  return { text, reason, response };
}
async function open(): Promise<void> {
  office = await grounds.openOffice([{ provider, models: [model, 'text-embedding-3-small'] }]);
  provider.requests.splice(0);
}
const put = async (path: string, body: object) => {
  const answer = await office.api('PUT', `${home()}/${path}`, body);
  expect(answer.status, answer.text).toBe(200);
};

describe('a workspace with guardrails', () => {
  beforeAll(async () => {
    await open();
    await put('guardrails', {
      rules: [
        { type: 'personal', name: 'personal', action: 'mask', kinds: ['email'] },
        { type: 'deny_list', name: 'words', action: 'block', words: ['operation nightfall'] },
      ],
    });
  });

  test('the provider never sees what is masked, and the caller has it back, whole and streamed', async () => {
    provider.next(
      { words: ['Write', ' to', ' [EMAIL', '_1]', ' soon.'] },
      { words: ['To', ' [EMA', 'IL_1]', '!'] },
    );
    const { data } = await ask('Who is ann@example.com?');
    expect(data.choices[0]!.message.content).toBe('Write to ann@example.com soon.');
    expect((await streamed('Greet ann@example.com')).text).toBe('To ann@example.com!');
    expect(provider.requests.map((request) => request.bytes.toString()).join()).not.toContain('ann@');
  });

  test('what is blocked is not sent, and the SDK raises its right exception', async () => {
    provider.requests.splice(0);
    const failed = await ask('Tell me of Operation  NIGHTFALL').catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(OpenAI.BadRequestError);
    expect(failed).toMatchObject({ status: 400, code: 'content_filter' });
    expect(provider.requests).toEqual([]);
    provider.next({ words: ['It', ' is', ' Operation', ' Nightfall', ' tonight'] });
    const ended = await streamed('What is it?');
    expect(ended.reason).toBe('content_filter');
    expect(ended.text.toLowerCase()).not.toContain('nightfall');
  });

  test('other doors to a model do not lead around it', async () => {
    provider.requests.splice(0);
    const legacy = office.client.completions.create({ model, prompt: 'Operation Nightfall' });
    await expect(legacy).rejects.toMatchObject({ status: 400 });
    const newer = office.client.responses.create({ model, input: 'Operation Nightfall' });
    await expect(newer).rejects.toMatchObject({ status: 400 });
    expect(provider.requests).toEqual([]);
  });

  test('what was found is in the request log, without the words', async () => {
    await grounds.ground.app.gateway.requestLog.flush();
    const rows = (await office.api('GET', `${home()}/requests`)).body.data as Row[];
    const blocked = rows.find((row) => row.failure === 'content_filter')!;
    const detail = await office.api('GET', `${home()}/requests/${blocked.id}`);
    expect(detail.body.findings).toHaveLength(1);
    expect(detail.text.toLowerCase()).not.toContain('nightfall');
    expect(blocked.cost_micros).toBe(0);
  });
});

describe('a workspace with a cache', () => {
  beforeAll(async () => {
    await open();
    await put('cache', { mode: 'exact', ttl_seconds: 600 });
  });

  test('asks once, answers again for nothing, and says so', async () => {
    const first = await ask('What is an insula?', { temperature: 0 });
    expect(first.response.headers.get('x-insula-cache')).toBe('miss');
    const again = await ask('What is an insula?', { temperature: 0 });
    expect(again.response.headers.get('x-insula-cache')).toBe('hit');
    expect(again.data.choices[0]!.message.content).toBe(first.data.choices[0]!.message.content);
    expect(provider.requests).toHaveLength(1);
    const stream = await streamed('What is an insula?');
    expect([stream.text, stream.response.headers.get('x-insula-cache')]).toEqual([
      first.data.choices[0]!.message.content,
      'hit',
    ]);
    expect((await office.usage()).map((row) => [row.cache, Number(row.cost_micros) > 0])).toEqual([
      ['exact', false],
      ['exact', false],
      [null, true],
    ]);
    const refreshed = await ask('What is an insula?', { temperature: 0 }, { 'x-insula-cache': 'refresh' });
    expect(refreshed.response.headers.get('x-insula-cache')).toBe('miss');
    const other = await ask('What is an insula?', { temperature: 0, max_tokens: 7 });
    expect(other.response.headers.get('x-insula-cache')).toBe('miss');
  });
});

test('a redacted log keeps the words without personal facts', async () => {
  await open();
  await office.api('PATCH', `/v1/organizations/${office.place.id}/configuration`, {
    request_log: { content: 'redacted' },
  });
  const { request_id } = await ask('Write to ben@example.com about the roof.');
  await new Promise((resolve) => setTimeout(resolve, 300));
  await grounds.ground.app.gateway.requestLog.flush();
  const { body } = await office.api('GET', `${home()}/requests/${request_id}`);
  expect(body.request_text).toContain('about the roof');
  expect(body.request_text).not.toContain('ben@');
});
