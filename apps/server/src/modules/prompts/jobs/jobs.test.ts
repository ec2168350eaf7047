// Jobs: at once, in the background, at a time, over rows; every row ends, each success is billed once, and a kill loses nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenAiProvider } from '../../../../test/fakes/openai-provider.ts';
import { within } from '../../../../test/open-identity-ground.ts';
import { type Office, type OfficeGround, openOfficeGround } from '../../../../test/open-office.ts';
import { systemActor } from '../../../platform/actor.ts';
import { KIND } from '../job-runs/create-job-runner.ts';

let grounds: OfficeGround;
let provider: OpenAiProvider;
let office: Office;
type Row = Record<string, unknown>;
type JobBody = Row & { id: string; state: string; rows: Record<string, number>; result: Row | null };

beforeAll(async () => {
  grounds = await openOfficeGround();
  provider = await grounds.startProvider();
  office = await grounds.openOffice([
    { provider, models: ['gpt-4o-mini', 'gpt-4o', 'fake-400', 'fake-500', 'fake-slow'] },
  ]);
});
afterAll(() => grounds?.close());

const api = (method: string, path: string, body?: unknown) =>
  office.api(method, `/v1/workspaces/${office.place.workspaceId}/${path}`, body);
const model = 'gpt-4o-mini';
async function run(body: object): Promise<JobBody> {
  const made = await api('POST', 'jobs', { model, ...body });
  expect(made.status, made.text).toBe(201);
  return made.body as JobBody;
}
const read = async (id: string) => (await api('GET', `jobs/${id}`)).body as JobBody;
async function ended(id: string, ms = 20_000): Promise<JobBody> {
  await within(ms, async () => ['succeeded', 'failed', 'cancelled'].includes((await read(id)).state));
  return read(id);
}
const usageOf = async (id: string) =>
  (await office.api('GET', `/v1/organizations/${office.place.id}/usage?limit=100&run=${id}`)).body
    .data as Row[];
const tell = () =>
  grounds.ground.app.db.as(systemActor(office.place.id), (tx) =>
    grounds.ground.app.queue.tell(tx, office.place.id, KIND),
  );
const eventsAbout = async (id: string) =>
  (
    await office.place.rows<{ type: string }>(
      'select type from events where organization_id = $1 and subject_id = $2 order by id',
      office.place.id,
      id,
    )
  ).map(({ type }) => type);

describe('a job for one run', () => {
  test('that is waited for answers with its result, metered under the job', async () => {
    const job = await run({ template: 'Write about {{topic}}', context: { topic: 'bees' } });
    expect(job).toMatchObject({ mode: 'wait', state: 'succeeded', rows: { total: 1, succeeded: 1 } });
    expect(job.result).toMatchObject({
      answer: 'Salve, this is the insula.',
      attempts: 1,
      provider: 'openai',
      error: null,
    });
    const [row] = await usageOf(job.id);
    expect(row).toMatchObject({ purpose: 'job', run_id: job.id, step: 1, id: job.result!.call_id });
    expect(job.cost_micros).toBe(row!.cost_micros);
    expect(await eventsAbout(job.id)).toEqual(['job.created', 'job.finished']);
    expect(provider.requests.at(-1)!.body.messages).toEqual([{ role: 'user', content: 'Write about bees' }]);
  });

  test('runs the version of a prompt that a label stands on, with what the version says', async () => {
    const made = await api('POST', 'prompts', {
      name: 'summary',
      content: 'Sum up {{text}}',
      settings: { model: 'gpt-4o', parameters: { temperature: 0.2 } },
    });
    await api('PUT', `prompts/${made.body.id}/labels/production`, { version: 1 });
    await api('POST', `prompts/${made.body.id}/versions`, { content: 'Newer {{text}}' });
    const job = await run({
      model: undefined,
      prompt: 'summary',
      label: 'production',
      context: { text: 'x' },
      parameters: { max_tokens: 9 },
    });
    expect(job).toMatchObject({ prompt_id: made.body.id, prompt_version: 1, state: 'succeeded' });
    expect(provider.requests.at(-1)!.body).toMatchObject({
      model: 'gpt-4o',
      temperature: 0.2,
      max_tokens: 9,
      messages: [{ content: 'Sum up x' }],
    });
  });

  test('is tried again when the provider fails, and says so when it goes on failing', async () => {
    provider.next({ status: 500 }, { status: 500 }, { status: 500 });
    const mended = await run({ template: 'x' });
    expect(mended.result).toMatchObject({ state: 'succeeded', attempts: 2 });
    const refused = await run({ template: 'x', model: 'fake-400' });
    expect(refused).toMatchObject({ state: 'failed', result: { attempts: 1, error_code: 'provider_error' } });
    const unknown = await run({ template: 'x', model: 'nobody-knows' });
    expect(unknown.result).toMatchObject({ state: 'failed', error_code: 'model_not_found' });
  });

  test('in the queue is done soon after it was made', async () => {
    const job = await run({ mode: 'queue', template: 'x' });
    expect(job.state).toBe('queued');
    expect(await ended(job.id)).toMatchObject({
      state: 'succeeded',
      result: { answer: 'Salve, this is the insula.' },
    });
    expect(await eventsAbout(job.id)).toEqual(['job.created', 'job.finished']);
  });

  test('is refused before it exists when it cannot be run', async () => {
    const code = async (body: object) => (await api('POST', 'jobs', body)).body.code;
    expect(await code({ template: '{{a}}' })).toBe('variables_invalid');
    expect(await code({})).toBe('job_invalid');
    expect(await code({ template: 'x', rows: [{}], mode: 'queue' })).toBe('job_invalid');
    expect(await code({ template: 'x', mode: 'schedule' })).toBe('job_invalid');
    expect(await code({ template: 'x', cron: 'every day at noon' })).toBe('job_invalid');
    expect(await code({ template: 'x', cron: '0 12 * * *', time_zone: 'Rome' })).toBe('job_invalid');
    expect(await code({ template: 'x', run_at: '2020-01-01T00:00:00Z' })).toBe('job_invalid');
    expect(await code({ prompt: 'nobody' })).toBe('prompt_not_found');
    const rows = await api('POST', 'jobs', { template: '{{a}}', rows: [{ a: 'x' }, { b: 'x' }, {}] });
    expect(rows.body.detail).toMatch(
      /row 2: there is no variable "b"; "a" is missing\. row 3: "a" is missing/,
    );
  });
});

describe('a batch', () => {
  test('over rows with a flaky provider: every row ends, and each success is billed exactly once', {
    timeout: 60_000,
  }, async () => {
    for (let i = 0; i < 30; i++) provider.next({}, { status: 503 }, {});
    const rows = Array.from({ length: 60 }, (_, i) => ({ topic: `t${i}` }));
    const job = await run({
      template: '{{greeting}} {{topic}}',
      context: { greeting: 'Hi' },
      rows,
      concurrency: 10,
      attempts_max: 10,
    });
    expect(job).toMatchObject({ mode: 'batch', rows: { total: 60 } });
    const done = await ended(job.id, 50_000);
    provider.forget();
    expect(done).toMatchObject({ state: 'succeeded', rows: { succeeded: 60, failed: 0, waiting: 0 } });
    const calls = await office.place.rows<{ step: number; n: number }>(
      'select step, count(*)::int as n from ledger.calls where organization_id = $1 and run_id = $2 and status = 200 group by step',
      office.place.id,
      job.id,
    );
    expect(calls).toHaveLength(60);
    expect(new Set(calls.map(({ n }) => n))).toEqual(new Set([1]));
    const page = await api('GET', `jobs/${job.id}/rows?limit=50`);
    const next = await api('GET', `jobs/${job.id}/rows?limit=50&cursor=${page.body.next_cursor}`);
    expect([...(page.body.data as Row[]), ...(next.body.data as Row[])].map(({ number }) => number)).toEqual(
      rows.map((_, i) => i + 1),
    );
  });

  test('keeps failures, and tries only them again', async () => {
    const job = await run({
      template: '{{t}}',
      rows: [{ t: 'a' }, { t: 'b' }, { t: 'c' }],
      model: 'fake-500',
      attempts_max: 1,
    });
    expect(await ended(job.id)).toMatchObject({ state: 'failed', rows: { failed: 3 } });
    await office.place.rows(
      `update jobs set template = jsonb_set(template, '{settings,model}', '"gpt-4o"') where organization_id = $1 and id = $2`,
      office.place.id,
      job.id,
    );
    expect((await api('POST', `jobs/${job.id}/retry`, {})).body).toMatchObject({ state: 'queued' });
    expect(await ended(job.id)).toMatchObject({ state: 'succeeded', rows: { succeeded: 3 } });
    expect((await api('POST', `jobs/${job.id}/retry`, {})).body.code).toBe('job_has_no_failed_rows');
  });

  test('is cancelled: what waits is not asked, what is under way is recorded', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ t: `${i}` }));
    const job = await run({ template: '{{t}}', rows, model: 'fake-slow', concurrency: 2 });
    await within(10_000, async () => (await read(job.id)).rows.running! > 0);
    expect((await api('DELETE', `jobs/${job.id}`)).body.code).toBe('job_under_way');
    const cancelled = await api('POST', `jobs/${job.id}/cancel`, {});
    expect(cancelled.body.state).toBe('cancelled');
    await within(5_000, async () => (await read(job.id)).rows.running === 0);
    const after = await read(job.id);
    expect(after.rows.cancelled).toBeGreaterThan(30);
    expect(after.rows.cancelled! + after.rows.succeeded!).toBe(40);
    expect((await api('POST', `jobs/${job.id}/cancel`, {})).body.code).toBe('job_ended');
    expect((await api('DELETE', `jobs/${job.id}`)).status).toBe(200);
    expect((await api('GET', `jobs/${job.id}`)).status).toBe(404);
  });

  test('waits when the workspace has used up its rate, without counting that as a failure', {
    timeout: 90_000,
  }, async () => {
    const other = await grounds.openOffice([{ provider, models: [model] }]);
    const path = `/v1/workspaces/${other.place.workspaceId}`;
    expect((await other.api('PATCH', path, { rate_limits: { concurrent_requests: 1 } })).status).toBe(200);
    const made = await other.api('POST', `${path}/jobs`, {
      model,
      template: '{{t}}',
      rows: [{ t: '1' }, { t: '2' }, { t: '3' }, { t: '4' }],
      attempts_max: 1,
      concurrency: 4,
    });
    await within(
      30_000,
      async () => (await other.api('GET', `${path}/jobs/${made.body.id}`)).body.state === 'succeeded',
    );
    const { body } = await other.api('GET', `${path}/jobs/${made.body.id}`);
    expect(body.rows).toMatchObject({ succeeded: 4, failed: 0 });
  });

  test('ends with the rights of whoever asked for it', async () => {
    const person = await office.place.join('user');
    const { access_token: token } = await grounds.ground.signIn(person);
    const path = `/v1/workspaces/${office.place.workspaceId}/jobs`;
    const body = {
      template: '{{t}}',
      rows: [{ t: 'a' }],
      run_at: new Date(Date.now() + 3_600_000).toISOString(),
      model,
    };
    const made = await grounds.ground.api('POST', path, { token, body });
    expect(made.status, made.text).toBe(201);
    await office.place.rows(
      "update members set status = 'suspended' where organization_id = $1 and id = $2",
      office.place.id,
      person.memberId,
    );
    await office.place.rows(
      'update jobs set next_at = now() where organization_id = $1 and id = $2',
      office.place.id,
      made.body.id,
    );
    await tell();
    const done = await ended(String(made.body.id));
    expect(done).toMatchObject({ state: 'failed', result: { error_code: 'forbidden' } });
  });
});

describe('a schedule', () => {
  test('runs once at its time', async () => {
    const job = await run({ template: 'x', run_at: new Date(Date.now() + 1_500).toISOString() });
    expect(job).toMatchObject({ mode: 'schedule', state: 'scheduled' });
    await sleep(300);
    expect((await read(job.id)).state).toBe('scheduled');
    expect((await ended(job.id)).state).toBe('succeeded');
    expect(await eventsAbout(job.id)).toEqual(['job.created', 'job.due', 'job.finished']);
  });

  test('with a calendar makes a job each time it is due, in its time zone, until it is cancelled', async () => {
    const schedule = await run({
      template: '{{t}}',
      context: { t: 'x' },
      cron: '30 7 * * 1',
      time_zone: 'Europe/Rome',
    });
    const next = new Date(String(schedule.next_at));
    expect(next.getTime()).toBeGreaterThan(Date.now());
    expect(
      next.toLocaleString('en-GB', {
        timeZone: 'Europe/Rome',
        weekday: 'short',
        hour: '2-digit',
        minute: '2-digit',
      }),
    ).toBe('Mon 07:30');
    await office.place.rows(
      "update jobs set next_at = now() - interval '3 weeks' where organization_id = $1 and id = $2",
      office.place.id,
      schedule.id,
    );
    await tell();
    const children = async () => (await api('GET', `jobs?parent_id=${schedule.id}`)).body.data as JobBody[];
    await within(10_000, async () => (await children())[0]?.state === 'succeeded');
    expect(await children()).toHaveLength(1);
    expect((await read(schedule.id)).next_at).toBe(schedule.next_at);
    expect((await api('POST', `jobs/${schedule.id}/cancel`, {})).body).toMatchObject({
      state: 'cancelled',
      next_at: null,
    });
  });
});

describe('a row that a killed server left', () => {
  const leave = (id: string, state: string, more = '') =>
    office.place.rows(
      `update job_rows set state = '${state}', lease_until = now() - interval '1 second' ${more} where organization_id = $1 and job_id = $2`,
      office.place.id,
      id,
    );
  const reopen = (id: string) =>
    office.place.rows(
      "update jobs set state = 'running', ended_at = null where organization_id = $1 and id = $2",
      office.place.id,
      id,
    );

  test('is asked again when its answer had not come', async () => {
    const job = await run({ mode: 'queue', template: 'x' });
    const before = (await ended(job.id)).result!;
    await leave(job.id, 'running', ', answer = null');
    await reopen(job.id);
    await tell();
    const after = (await ended(job.id)).result!;
    expect(after).toMatchObject({ state: 'succeeded', answer: 'Salve, this is the insula.', attempts: 2 });
    expect(after.call_id).not.toBe(before.call_id);
  });

  test('is not asked again when its answer was kept: the ledger says what it cost', async () => {
    const job = await run({ mode: 'queue', template: 'x' });
    const before = (await ended(job.id)).result!;
    const count = provider.requests.length;
    await leave(
      job.id,
      'answered',
      ', cost_micros = null, provider = null, input_tokens = null, latency_ms = null',
    );
    await reopen(job.id);
    await tell();
    expect((await ended(job.id)).result).toEqual({
      ...before,
      ended_at: expect.any(String),
      latency_ms: expect.any(Number),
    });
    expect(provider.requests.length).toBe(count);
    expect(await usageOf(job.id)).toHaveLength(1);
  });

  test('is ended, not run, when a request had waited for it', async () => {
    const job = await run({ template: 'x' });
    await leave(job.id, 'running');
    await reopen(job.id);
    await tell();
    expect(await ended(job.id)).toMatchObject({ state: 'failed', result: { error_code: 'interrupted' } });
  });
});

describe('results', () => {
  test('are downloaded as lines of JSON, and as a table in which nothing is a formula', async () => {
    provider.next({ words: ['=HYPERLINK("http://evil")', ' now'] }, { words: ['plain, "quoted"'] });
    const rows = [
      { t: '=1+1', n: -5 },
      { t: '\t@x', n: 2 },
    ];
    const variables = [{ name: 'n', type: 'number' }];
    const job = await run({ template: '{{t}} {{n}}', variables, rows, concurrency: 1 });
    await ended(job.id);
    const jsonl = await api('GET', `jobs/${job.id}/results`);
    const lines = jsonl.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row);
    expect(lines.map(({ context }) => context)).toEqual(rows);
    const csv = (await api('GET', `jobs/${job.id}/results?format=csv`)).text.split('\r\n');
    expect(csv[0]).toBe(
      'number,state,input.n,input.t,answer,error_code,error,provider,model,input_tokens,output_tokens,cost_micros,currency,latency_ms,attempts,call_id',
    );
    expect(csv[1]).toContain(`1,succeeded,-5,"'=1+1","'=HYPERLINK(""http://evil"") now",`);
    expect(csv[2]).toContain(`2,succeeded,2,"'\t@x","plain, ""quoted""",`);
    expect((await api('GET', `jobs/${job.id}/results?format=xml`)).status).toBe(400);
    const other = await grounds.openOffice([]);
    const foreign = await other.api(
      'GET',
      `/v1/workspaces/${other.place.workspaceId}/jobs/${job.id}/results`,
    );
    expect([foreign.status, foreign.body.code]).toEqual([404, 'job_not_found']);
  });
});
