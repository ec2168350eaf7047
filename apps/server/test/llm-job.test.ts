// `LLMJob` of the SDK against the whole server.
import { createInsula, createLlmJob, InsulaError } from '@insula/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OpenAiProvider } from './fakes/openai-provider.ts';
import { type Office, type OfficeGround, openOfficeGround } from './open-office.ts';

let grounds: OfficeGround;
let provider: OpenAiProvider;
let office: Office;
let LLMJob: ReturnType<typeof createLlmJob>;

beforeAll(async () => {
  grounds = await openOfficeGround();
  provider = await grounds.startProvider();
  office = await grounds.openOffice([{ provider, models: ['gpt-4o-mini', 'fake-400'] }]);
  LLMJob = createLlmJob(createInsula({ url: grounds.url, accessToken: office.token }));
});
afterAll(() => grounds?.close());

it('runs a template in a workspace and answers its words', async () => {
  const workspace = { id: office.place.workspaceId };
  const done = await LLMJob.run({
    template: 'Write a summary about {{topic}}',
    workspace,
    context: { topic: 'Ruby on Rails' },
    provider: 'openai',
    model: 'gpt-4o-mini',
  });
  expect(done).toMatchObject({
    text: 'Salve, this is the insula.',
    provider: 'openai',
    model: 'gpt-4o-mini',
  });
  expect(done.costMicros).toBeGreaterThan(0);
  expect(provider.requests.at(-1)!.body.messages).toEqual([
    { role: 'user', content: 'Write a summary about Ruby on Rails' },
  ]);
});

it('rejects with what the provider said, and with what is wrong with the values', async () => {
  const workspace = office.place.workspaceId;
  const failed = LLMJob.run({ template: 'x', workspace, model: 'fake-400' });
  await expect(failed).rejects.toBeInstanceOf(InsulaError);
  await expect(failed).rejects.toMatchObject({ code: 'provider_error' });
  await expect(LLMJob.run({ template: '{{a}}', workspace })).rejects.toMatchObject({
    code: 'variables_invalid',
  });
});

it('queues a run, and runs a template over rows to their end', async () => {
  const workspace = office.place.workspaceId;
  const queued = await LLMJob.queue({ template: 'x', workspace, model: 'gpt-4o-mini' });
  expect(queued.mode).toBe('queue');
  expect(['queued', 'running']).toContain(queued.state);
  const later = await LLMJob.queue({ template: 'x', workspace, cron: '0 6 * * *' });
  expect(later).toMatchObject({ mode: 'schedule', state: 'scheduled' });
  const seen: number[] = [];
  const job = await LLMJob.batch({
    template: 'Say {{word}}',
    workspace,
    model: 'gpt-4o-mini',
    rows: [{ word: 'a' }, { word: 'b' }],
    onProgress: ({ succeeded }) => seen.push(succeeded),
  });
  expect(job).toMatchObject({ state: 'succeeded', rows: { succeeded: 2 } });
  expect(seen.at(-1)).toBe(2);
});
