// Trying things out: comparisons with their costs and votes, suggestions that become versions, shared playgrounds.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenAiProvider } from '../../../../test/fakes/openai-provider.ts';
import { type Office, type OfficeGround, openOfficeGround } from '../../../../test/open-office.ts';

let grounds: OfficeGround;
let provider: OpenAiProvider;
let office: Office;
type Row = Record<string, unknown>;

beforeAll(async () => {
  grounds = await openOfficeGround();
  provider = await grounds.startProvider();
  office = await grounds.openOffice([
    { provider, models: ['gpt-4o-mini', 'gpt-4o', 'fake-400', 'fake-slow'] },
  ]);
});
afterAll(() => grounds?.close());

const api = (method: string, path: string, body?: unknown) =>
  office.api(method, `/v1/workspaces/${office.place.workspaceId}/${path}`, body);
const settings = (model: string, parameters: object = {}) => ({ model, parameters });
async function makePrompt(name: string, content: unknown, more: object = {}): Promise<string> {
  const made = await api('POST', 'prompts', { name, content, ...more });
  expect(made.status, made.text).toBe(201);
  return made.body.id as string;
}
const asked = () => provider.requests.splice(0).map((request) => request.body as Row & { messages: Row[] });

describe('a comparison', () => {
  test('asks models and versions side by side, each metered on its own, failures told', async () => {
    const prompt_id = await makePrompt('compared', 'Praise {{what}}', {
      settings: settings('gpt-4o', { temperature: 0.1 }),
    });
    asked();
    const made = await api('POST', 'comparisons', {
      title: 'Which one?',
      content: 'Describe {{what}}',
      values: { what: 'bees' },
      candidates: [
        { settings: settings('gpt-4o-mini', { max_tokens: 50 }) },
        { prompt_id },
        { settings: settings('fake-400') },
        { settings: settings('nobody-knows') },
      ],
    });
    expect(made.status, made.text).toBe(201);
    const answers = made.body.answers as Row[];
    expect(answers.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'failed', 'failed']);
    expect(answers[0]).toMatchObject({
      answer: 'Salve, this is the insula.',
      model: 'gpt-4o-mini',
      provider: 'openai',
      error: null,
    });
    expect(answers[1]).toMatchObject({ prompt_id, prompt_version: 1, model: 'gpt-4o' });
    expect(answers[2]).toMatchObject({ error_code: 'provider_error', cost_micros: 0 });
    expect(answers[3]).toMatchObject({ error_code: 'model_not_found' });
    const bodies = asked();
    const mini = bodies.find(({ model }) => model === 'gpt-4o-mini')!;
    expect(mini).toMatchObject({ max_tokens: 50, messages: [{ role: 'user', content: 'Describe bees' }] });
    expect(bodies.find(({ model }) => model === 'gpt-4o')).toMatchObject({
      temperature: 0.1,
      messages: [{ content: 'Praise bees' }],
    });
    const { body } = await office.api(
      'GET',
      `/v1/organizations/${office.place.id}/usage?run=${made.body.id}`,
    );
    const metered = body.data as Row[];
    expect(
      metered
        .filter(({ status }) => status === 200)
        .map(({ step, purpose }) => [step, purpose])
        .sort(),
    ).toEqual([
      [1, 'comparison'],
      [2, 'comparison'],
    ]);
    expect(answers[0]!.cost_micros).toBe(metered.find(({ step }) => step === 1)!.cost_micros);
  });

  test('is voted on, once by each, and deleted', async () => {
    const made = await api('POST', 'comparisons', {
      content: 'x',
      candidates: [{ settings: settings('gpt-4o') }, { settings: settings('fake-400') }],
    });
    const path = `comparisons/${made.body.id}`;
    expect((await api('PUT', `${path}/vote`, { position: 2 })).body.code).toBe('comparison_answer_missing');
    await api('PUT', `${path}/vote`, { position: 1 });
    const voted = await api('PUT', `${path}/vote`, { position: 1, note: 'better' });
    expect(voted.body).toMatchObject({ own_vote: 1, answers: [{ votes: 1 }, { votes: 0 }] });
    expect(((await api('GET', 'comparisons')).body.data as Row[])[0]).toMatchObject({
      id: made.body.id,
      own_vote: 1,
    });
    expect((await api('DELETE', path)).status).toBe(200);
    expect((await api('GET', path)).body.code).toBe('comparison_not_found');
  });

  test('needs words to ask and values that fit', async () => {
    const none = await api('POST', 'comparisons', { candidates: [{ settings: settings('gpt-4o') }] });
    expect(none.body.code).toBe('comparison_candidate_invalid');
    const unfit = await api('POST', 'comparisons', {
      content: '{{a}}',
      candidates: [{ settings: settings('gpt-4o') }],
    });
    expect(unfit.body.code).toBe('variables_invalid');
  });

  test('needs the right to read prompts where it asks one', async () => {
    const prompt_id = await makePrompt('not for chat keys', 'secret words');
    const answer = await grounds.ground.api(
      'POST',
      `/v1/workspaces/${office.place.workspaceId}/comparisons`,
      {
        token: office.key,
        body: { candidates: [{ prompt_id }] },
      },
    );
    expect([answer.status, answer.body.permission ?? answer.body.code]).toEqual([403, 'forbidden']);
  });
});

describe('a suggestion', () => {
  const suggest = (body: object) => api('POST', 'enhancements', body);
  const answerWith = (value: unknown) =>
    provider.next({ words: [typeof value === 'string' ? value : JSON.stringify(value)] });

  test('comes from the model set for it, says why, and becomes a version when it is accepted', async () => {
    const prompt_id = await makePrompt('to improve', 'Write to {{name}} about {{topic}}', {
      settings: settings('gpt-4o'),
    });
    await api('PUT', 'ai-settings', { enhancement: settings('gpt-4o-mini'), chat: settings('gpt-4o') });
    asked();
    answerWith({ prompt: 'Write a short letter to {{name}}.', explanation: 'Says how long.' });
    const made = await suggest({ prompt_id, instructions: 'Make it short' });
    expect(made.body, made.text).toMatchObject({
      base_version: 1,
      suggestion: 'Write a short letter to {{name}}.',
      explanation: 'Says how long.',
      missing_variables: ['topic'],
      model: 'gpt-4o-mini',
    });
    const [request] = asked();
    expect(request!.model).toBe('gpt-4o-mini');
    expect(JSON.stringify(request!.messages)).toContain('Make it short');
    const accepted = await api('POST', `enhancements/${made.body.id}/accept`, {});
    expect(accepted.body).toMatchObject({
      number: 2,
      content: 'Write a short letter to {{name}}.',
      note: 'Says how long.',
      settings: { model: 'gpt-4o' },
    });
    expect((await api('POST', `enhancements/${made.body.id}/accept`, {})).body.code).toBe(
      'enhancement_accepted',
    );
    const usage = (await office.usage()).find(({ run_id }) => run_id === made.body.id);
    expect(usage).toMatchObject({
      purpose: 'enhancement',
      subject_id: prompt_id,
      cost_micros: made.body.cost_micros,
    });
  });

  test('follows a prompt of the workspace that says how to improve', async () => {
    const content = [{ role: 'user', content: 'Rewrite in verse: {{prompt}}' }];
    const enhancement_prompt_id = await makePrompt('poet', content, { is_enhancement_prompt: true });
    asked();
    answerWith('```json\n{"prompt": [{"role": "user", "content": "O bees"}], "explanation": 1}\n```');
    const made = await suggest({ content: 'Tell of bees', enhancement_prompt_id });
    expect(made.body, made.text).toMatchObject({
      prompt_id: null,
      suggestion: [{ role: 'user', content: 'O bees' }],
      explanation: '',
    });
    expect(asked()[0]!.messages[0]).toEqual({ role: 'system', content: 'Rewrite in verse: Tell of bees' });
    expect((await api('POST', `enhancements/${made.body.id}/accept`, {})).body.code).toBe(
      'enhancement_without_prompt',
    );
    const plain = await makePrompt('plain', 'x');
    expect((await suggest({ content: 'y', enhancement_prompt_id: plain })).body.code).toBe(
      'not_an_enhancement_prompt',
    );
  });

  test('is told when there is none', async () => {
    expect((await suggest({})).body.code).toBe('prompt_or_content');
    expect((await suggest({ content: 'x', model: 'fake-400' })).body.code).toBe('enhancement_failed');
    answerWith({ prompt: '', explanation: 'nothing' });
    expect((await suggest({ content: 'x', model: 'gpt-4o' })).body.code).toBe('enhancement_empty');
    answerWith('Just better words');
    expect((await suggest({ content: 'x', model: 'gpt-4o' })).body.suggestion).toBe('Just better words');
  });
});

test("own settings are each person's own", async () => {
  await api('PUT', 'ai-settings', { chat: settings('gpt-4o-mini', { temperature: 0 }) });
  expect((await api('GET', 'ai-settings')).body).toMatchObject({
    chat: { model: 'gpt-4o-mini' },
    enhancement: null,
  });
  const path = `/v1/workspaces/${office.place.workspaceId}/ai-settings`;
  expect((await grounds.ground.api('GET', path, { token: office.key })).body).toMatchObject({
    chat: null,
    updated_at: null,
  });
  asked();
  await api('POST', 'comparisons', { content: 'x', candidates: [{}] });
  expect(asked()[0]).toMatchObject({ model: 'gpt-4o-mini', temperature: 0 });
});

test('a playground is shared inside the workspace', async () => {
  const made = await api('POST', 'playground-shares', {
    title: 'Look',
    state: { messages: ['hi'], model: 'gpt-4o' },
  });
  expect((await api('GET', `playground-shares/${made.body.id}`)).body).toMatchObject({
    title: 'Look',
    state: { model: 'gpt-4o' },
  });
  const other = await grounds.openOffice([]);
  const there = `/v1/workspaces/${other.place.workspaceId}/playground-shares/${made.body.id}`;
  expect((await other.api('GET', there)).body.code).toBe('share_not_found');
  await api('DELETE', `playground-shares/${made.body.id}`);
  expect((await api('GET', `playground-shares/${made.body.id}`)).status).toBe(404);
});
