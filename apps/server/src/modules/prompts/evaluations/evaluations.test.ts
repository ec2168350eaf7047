// Evaluations: a version is tried on a dataset, by assertions and by a judge; a label moves only to what has passed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenAiProvider } from '../../../../test/fakes/openai-provider.ts';
import { within } from '../../../../test/open-identity-ground.ts';
import { type Office, type OfficeGround, openOfficeGround } from '../../../../test/open-office.ts';
import { type Assertion, assertCheckable, checkAssertion } from './check-assertion.ts';

let grounds: OfficeGround;
let provider: OpenAiProvider;
let office: Office;
type Row = Record<string, unknown>;
type Body = Row & { id: string; job: Row; summary: Row };

beforeAll(async () => {
  grounds = await openOfficeGround();
  provider = await grounds.startProvider();
  office = await grounds.openOffice([{ provider, models: ['gpt-4o-mini', 'gpt-4o', 'fake-400'] }]);
});
afterAll(() => grounds?.close());

const api = (method: string, path: string, body?: unknown) =>
  office.api(method, `/v1/workspaces/${office.place.workspaceId}/${path}`, body);
async function make(path: string, body: object): Promise<Body> {
  const made = await api('POST', path, body);
  expect(made.status, made.text).toBe(201);
  return made.body as Body;
}
const settings = { model: 'gpt-4o-mini' };
const newPrompt = (name: string) => make('prompts', { name, content: 'Say {{word}}', settings });
async function evaluate(body: object): Promise<Body> {
  const { id } = await make('evaluations', { concurrency: 1, ...body });
  const read = async () => (await api('GET', `evaluations/${id}`)).body as Body;
  await within(20_000, async () => ['succeeded', 'failed'].includes(String((await read()).job.state)));
  return read();
}
const answers = (...words: string[]) => provider.next(...words.map((one) => ({ words: [one] })));
const input = (word: string, expected: string | null = null, more: object = {}) => ({
  inputs: { word },
  expected,
  ...more,
});

describe('an assertion', () => {
  const holds = (given: object, answer: string, more: object = {}) => {
    const checked = { answer, expected: null, latencyMs: 120, costMicros: 30, ...more };
    return checkAssertion({ ignore_case: false, ...given } as Parameters<typeof checkAssertion>[0], checked)
      .is_passed;
  };

  test('compares with its value, or with what the row expects', () => {
    expect(holds({ type: 'equals' }, ' Rome\n', { expected: 'Rome' })).toBe(true);
    expect(holds({ type: 'equals' }, 'rome', { expected: 'Rome' })).toBe(false);
    expect(holds({ type: 'equals', ignore_case: true }, 'rome', { expected: 'Rome' })).toBe(true);
    expect(holds({ type: 'equals' }, 'x')).toBe(false);
    expect(holds({ type: 'contains', value: 'om' }, 'Rome', { expected: 'Paris' })).toBe(true);
    expect(holds({ type: 'not_contains', value: 'om' }, 'Rome')).toBe(false);
  });

  test('measures form, time and cost', () => {
    expect(holds({ type: 'regex', pattern: '^\\d+ m$' }, '12 m')).toBe(true);
    expect(holds({ type: 'regex', pattern: '^\\d+ m$' }, 'far')).toBe(false);
    const person = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
    expect(holds({ type: 'json_schema', json_schema: person }, '```json\n{"name": "Ann"}\n```')).toBe(true);
    expect(holds({ type: 'json_schema', json_schema: person }, '{"name": 1}')).toBe(false);
    expect(holds({ type: 'json_schema', json_schema: {} }, 'no JSON')).toBe(false);
    expect(holds({ type: 'length', min: 2, max: 3 }, 'abcd')).toBe(false);
    expect(holds({ type: 'latency', max_ms: 120 }, '')).toBe(true);
    expect(holds({ type: 'cost', max_micros: 29 }, '')).toBe(false);
    expect(holds({ type: 'cost', max_micros: 29 }, '', { costMicros: null })).toBe(false);
  });

  test('that could never be checked, or would take for ever, is refused', () => {
    const refuses = (given: object) =>
      expect(() => assertCheckable([given as Assertion])).toThrow(/cannot be checked/);
    refuses({ type: 'regex', pattern: '(', ignore_case: false });
    refuses({ type: 'regex', pattern: '(?=a)', ignore_case: false });
    refuses({ type: 'length', min: 3, max: 2 });
    refuses({ type: 'json_schema', json_schema: { type: 'string', pattern: '(a+)+$' } });
    refuses({ type: 'json_schema', json_schema: { $ref: 'http://example.com/x' } });
    const startedAt = performance.now();
    expect(holds({ type: 'regex', pattern: '(a+)+$' }, `${'a'.repeat(50_000)}b`)).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe('a dataset', () => {
  test('has rows that are added and deleted, and a name of its own', async () => {
    const made = await make('datasets', { name: 'capitals', rows: [input('Italy', 'Rome')] });
    expect(made).toMatchObject({ row_count: 1, assertions: [] });
    expect((await api('POST', 'datasets', { name: 'capitals' })).body.code).toBe('dataset_name_taken');
    const path = `datasets/${made.id}`;
    expect(
      (await api('POST', `${path}/rows`, { rows: [input('France', 'Paris'), input('Spain', 'Madrid')] })).body
        .row_count,
    ).toBe(3);
    expect((await api('DELETE', `${path}/rows/2`)).body.row_count).toBe(2);
    expect((await api('DELETE', `${path}/rows/2`)).body.code).toBe('dataset_row_not_found');
    await api('POST', `${path}/rows`, { rows: [input('Malta')] });
    const rows = (await api('GET', `${path}/rows?limit=2`)).body;
    expect((rows.data as Row[]).map(({ number }) => number)).toEqual([1, 3]);
    expect(
      ((await api('GET', `${path}/rows?cursor=${rows.next_cursor}`)).body.data as Row[])[0],
    ).toMatchObject({ number: 4, expected: null });
    const changed = await api('PATCH', path, { assertions: [{ type: 'equals' }] });
    expect(changed.body.assertions).toEqual([{ type: 'equals', ignore_case: false }]);
    expect((await api('PATCH', path, { assertions: [{ type: 'regex', pattern: '(' }] })).body.code).toBe(
      'assertion_invalid',
    );
    expect((await api('DELETE', path)).status).toBe(200);
    expect((await api('GET', path)).body.code).toBe('dataset_not_found');
  });
});

describe('an evaluation', () => {
  test('scores every answer, says which rows failed and why, and is metered', async () => {
    const prompt = await newPrompt('scored');
    const rows = [
      input('one', 'I'),
      input('two', 'II'),
      input('three', 'III', { assertions: [{ type: 'length', max: 3 }] }),
    ];
    const data = await make('datasets', { name: 'roman', rows, assertions: [{ type: 'equals' }] });
    answers('I', 'two', 'III');
    const done = await evaluate({ prompt_id: prompt.id, dataset_id: data.id });
    expect(done).toMatchObject({ version: 1, job: { purpose: 'evaluation', state: 'succeeded' } });
    expect(done.summary).toMatchObject({ total: 3, passed: 2, failed: 1, errors: 0, pass_rate: 2 / 3 });
    expect(done.summary.mean_score).toBeCloseTo(2 / 3);
    const failed = (await api('GET', `evaluations/${done.id}/results?passed=false`)).body.data as Row[];
    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatchObject({
      number: 2,
      answer: 'two',
      is_passed: false,
      scores: [{ type: 'equals', score: 0, reason: 'The answer is another one.' }],
    });
    const all = (await api('GET', `evaluations/${done.id}/results`)).body.data as { scores: Row[] }[];
    expect(all[2]!.scores.map(({ type }) => type)).toEqual(['equals', 'length']);
    const usage = (await office.usage()).filter(({ run_id }) => run_id === done.id);
    expect(usage.map(({ purpose }) => purpose)).toEqual(['evaluation', 'evaluation', 'evaluation']);
    expect((await api('GET', `evaluations?prompt_id=${prompt.id}`)).body.data).toHaveLength(1);
    expect(((await api('GET', 'jobs')).body.data as Row[]).some(({ id }) => id === done.id)).toBe(false);
  });

  test('asks a judge by a rubric, whose calls are metered too; a judge without a verdict passes nothing', async () => {
    const prompt = await newPrompt('judged');
    const graded = {
      type: 'model_graded',
      rubric: 'Is it polite?',
      minimum_score: 0.6,
      settings: { model: 'gpt-4o' },
    };
    const data = await make('datasets', {
      name: 'polite',
      rows: [input('a'), input('b'), input('c')],
      assertions: [graded],
    });
    answers(
      'Please',
      '{"score": 0.9, "reason": "Kind."}',
      'Go away',
      '```{"score": 0.1}```',
      'Hm',
      'no idea',
    );
    const done = await evaluate({ prompt_id: prompt.id, dataset_id: data.id });
    expect(done.summary).toMatchObject({ passed: 1, failed: 2 });
    const results = (await api('GET', `evaluations/${done.id}/results`)).body.data as { scores: Row[] }[];
    expect(results.map(({ scores }) => [scores[0]!.score, scores[0]!.reason])).toEqual([
      [0.9, 'Kind.'],
      [0.1, ''],
      [0, 'The judge answered with no score.'],
    ]);
    const judgements = (await office.usage()).filter(
      ({ run_id, purpose }) => run_id === done.id && purpose === 'evaluation_judge',
    );
    expect(judgements).toHaveLength(3);
    const told = provider.requests.filter(({ body }) => body.model === 'gpt-4o').at(-1)!;
    expect(JSON.stringify(told.body.messages)).toContain('Is it polite?');
  });

  test('is refused for rows that the prompt cannot take, and counts a failed call as a failed row', async () => {
    const prompt = await newPrompt('strict');
    const unfit = await make('datasets', { name: 'unfit', rows: [{ inputs: { wort: 'x' } }] });
    expect((await api('POST', 'evaluations', { prompt_id: prompt.id, dataset_id: unfit.id })).body.code).toBe(
      'dataset_rows_invalid',
    );
    const empty = await make('datasets', { name: 'empty' });
    expect((await api('POST', 'evaluations', { prompt_id: prompt.id, dataset_id: empty.id })).body.code).toBe(
      'dataset_empty',
    );
    const fit = await make('datasets', { name: 'fit', rows: [input('x')] });
    const done = await evaluate({
      prompt_id: prompt.id,
      dataset_id: fit.id,
      settings: { model: 'fake-400' },
    });
    expect(done.summary).toMatchObject({
      total: 1,
      passed: 0,
      failed: 1,
      errors: 1,
      pass_rate: 0,
      mean_score: 0,
    });
  });
});

describe('a gate', () => {
  test('lets a label move only to a version that passed, or by force with a reason', async () => {
    const { id } = await newPrompt('gated');
    const data = await make('datasets', {
      name: 'gate',
      rows: [input('a', 'A'), input('b', 'B')],
      assertions: [{ type: 'equals' }],
    });
    const set = await api('PUT', `prompts/${id}/gates/production`, { dataset_id: data.id });
    expect(set.body).toMatchObject({ label: 'production', minimum_pass_rate: 1 });
    const move = (body: object) => api('PUT', `prompts/${id}/labels/production`, { version: 1, ...body });
    expect((await move({})).body).toMatchObject({
      code: 'prompt_gate_failed',
      data: { evaluation_id: null },
    });
    expect((await api('PUT', `prompts/${id}/labels/staging`, { version: 1 })).status).toBe(200);
    answers('A', 'wrong');
    const failed = await evaluate({ prompt_id: id, dataset_id: data.id });
    const refused = await move({});
    expect(refused.body).toMatchObject({
      code: 'prompt_gate_failed',
      data: { evaluation_id: failed.id, failed_rows: [2] },
    });
    expect(refused.body.detail).toContain('1 of 2 rows passed, and 100 % must. Rows that failed: 2.');
    expect((await move({ force: true })).body.code).toBe('reason_needed');
    expect((await move({ force: true, reason: 'The customer waits' })).status).toBe(200);
    answers('A', 'B');
    await evaluate({ prompt_id: id, dataset_id: data.id });
    expect((await move({})).body.labels).toMatchObject({ production: 1 });
    const events = await office.place.events('prompt.label_moved');
    expect(events.slice(-3).map(({ details }) => [details.gate, details.reason])).toEqual([
      ['open', undefined],
      ['forced', 'The customer waits'],
      ['passed', undefined],
    ]);
  });

  test('does not open for an evaluation from before the dataset changed, and goes away when it is taken away', async () => {
    const { id } = await newPrompt('stale');
    const data = await make('datasets', {
      name: 'stale',
      rows: [input('a', 'A')],
      assertions: [{ type: 'equals' }],
    });
    await api('PUT', `prompts/${id}/gates/production`, { dataset_id: data.id, minimum_pass_rate: 0.5 });
    answers('A');
    await evaluate({ prompt_id: id, dataset_id: data.id });
    const move = () => api('PUT', `prompts/${id}/labels/production`, { version: 1 });
    await api('POST', `datasets/${data.id}/rows`, { rows: [input('b', 'B')] });
    expect((await move()).body.code).toBe('prompt_gate_failed');
    expect((await api('DELETE', `datasets/${data.id}`)).body.code).toBe('dataset_in_use');
    expect((await api('GET', `prompts/${id}/gates`)).body.data).toHaveLength(1);
    expect((await api('DELETE', `prompts/${id}/gates/production`)).status).toBe(200);
    expect((await api('DELETE', `prompts/${id}/gates/production`)).body.code).toBe('gate_not_found');
    expect((await move()).status).toBe(200);
  });
});
