// The prompt library: names are unique, versions never change, labels move, what is deleted can be restored.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Office, type OfficeGround, openOfficeGround } from '../../../../test/open-office.ts';

let grounds: OfficeGround;
let office: Office;
type Body = Record<string, unknown> & { id: string };

beforeAll(async () => {
  grounds = await openOfficeGround();
  office = await grounds.openOffice([]);
});
afterAll(() => grounds?.close());

const home = () => `/v1/workspaces/${office.place.workspaceId}/prompts`;
const api = (method: string, path: string, body?: unknown) => office.api(method, home() + path, body);
async function make(name: string, more: object = {}): Promise<Body> {
  const made = await api('POST', '', { name, content: `Write about {{topic}} for ${name}`, ...more });
  expect(made.status, made.text).toBe(201);
  return made.body as Body;
}
const names = (answer: { body: Record<string, unknown> }) =>
  (answer.body.data as Body[]).map(({ name }) => name);

describe('a prompt', () => {
  test('is created with its first version, whose placeholders are declared', async () => {
    const made = await make('letter', { category: 'Mail', tags: ['a', 'b', 'a'], title: 'A letter' });
    expect(made).toMatchObject({
      name: 'letter',
      category: 'Mail',
      tags: ['a', 'b'],
      latest_version: 1,
      labels: {},
      author: { kind: 'member' },
    });
    expect(made.version).toMatchObject({
      number: 1,
      variables: [{ name: 'topic', type: 'text', required: true }],
    });
    expect((await api('POST', '', { name: 'letter', content: 'x' })).body.code).toBe('prompt_name_taken');
    expect((await api('POST', '', { name: 'a/b', content: 'x' })).status).toBe(400);
    expect(await office.place.events('prompt.created')).toHaveLength(1);
  });

  test('is found by words, category, tag, label and author, page by page', async () => {
    await make('quarterly report', {
      content: [{ role: 'user', content: 'Sum up the HARVEST of {{year}}' }],
      category: 'Finance',
      tags: ['numbers'],
    });
    await make('harvest song', { tags: ['music'] });
    expect(names(await api('GET', '?search=harvest'))).toEqual(['harvest song', 'quarterly report']);
    expect(names(await api('GET', '?search=harvest%20year'))).toEqual(['quarterly report']);
    expect(names(await api('GET', '?search=100%25'))).toEqual([]);
    expect(names(await api('GET', '?category=Finance'))).toEqual(['quarterly report']);
    expect(names(await api('GET', '?tag=music'))).toEqual(['harvest song']);
    expect(names(await api('GET', '?label=production'))).toEqual([]);
    const first = await api('GET', '?limit=2');
    const next = await api('GET', `?limit=2&cursor=${first.body.next_cursor}`);
    expect(new Set([...names(first), ...names(next)]).size).toBe(3);
  });

  test('keeps every version; an older one can be read, compared and restored', async () => {
    const { id } = await make('versions');
    const second = await api('POST', `/${id}/versions`, {
      content: 'Write less about {{topic}}',
      note: 'shorter',
      based_on: 1,
    });
    expect(second.body).toMatchObject({ number: 2, note: 'shorter' });
    const late = await api('POST', `/${id}/versions`, { content: 'x', based_on: 1 });
    expect([late.status, late.body.code]).toEqual([409, 'prompt_changed']);
    const diff = await api('GET', `/${id}/diff?from=1&to=2`);
    expect(diff.body).toMatchObject({ is_equal: false, lines_added: 1, lines_removed: 1 });
    expect(diff.body.unified).toContain('-Write about {{topic}} for versions\n+Write less about {{topic}}');
    const again = await api('POST', `/${id}/versions/1/restore`, {});
    expect(again.body).toMatchObject({
      number: 3,
      content: 'Write about {{topic}} for versions',
      note: 'Version 1 again',
    });
    expect((await api('GET', `/${id}/diff?from=1&to=3`)).body.is_equal).toBe(true);
    const page = await api('GET', `/${id}/versions?limit=2`);
    expect((page.body.data as { number: number }[]).map(({ number }) => number)).toEqual([3, 2]);
    const rest = await api('GET', `/${id}/versions?cursor=${page.body.next_cursor}`);
    expect((rest.body.data as { number: number }[]).map(({ number }) => number)).toEqual([1]);
    const forbidden = office.place.rows(
      'update prompt_versions set note = $2 where organization_id = $1',
      office.place.id,
      'x',
    );
    await expect(forbidden.catch((error: Error) => error.message)).resolves.toMatch(
      process.env.TEST_DATABASE_URL ? /permission denied/ : /.*/,
    );
  });

  test('is found by its name and the label a program lives by', async () => {
    const { id } = await make('greeting');
    await api('POST', `/${id}/versions`, { content: 'Hello {{name}}' });
    const moved = await api('PUT', `/${id}/labels/production`, { version: 1 });
    expect(moved.body.labels).toEqual({ production: 1 });
    const byLabel = await api('GET', '/by-name/greeting?label=production');
    expect((byLabel.body.version as Body).number).toBe(1);
    expect((await api('GET', '/by-name/greeting')).body).toMatchObject({ version: { number: 2 } });
    expect((await api('GET', '/by-name/greeting?label=latest')).body).toMatchObject({
      version: { number: 2 },
    });
    await api('PUT', `/${id}/labels/production`, { version: 2 });
    const events = await office.place.events('prompt.label_moved');
    expect(events.map(({ details }) => [details.from, details.to])).toEqual([
      [null, 1],
      [1, 2],
    ]);
    expect((await api('PUT', `/${id}/labels/latest`, { version: 1 })).body.code).toBe('label_reserved');
    expect((await api('PUT', `/${id}/labels/staging`, { version: 9 })).body.code).toBe(
      'prompt_version_not_found',
    );
    expect((await api('GET', '/by-name/greeting?label=staging')).body.code).toBe('label_not_found');
    expect((await api('DELETE', `/${id}/labels/production`)).body.labels).toEqual({});
    expect((await api('GET', '/by-name/nobody')).body.code).toBe('prompt_not_found');
  });

  test('is filled in, or told what is wrong with the values', async () => {
    const { id } = await make('rendered');
    const done = await api('POST', `/${id}/render`, { values: { topic: 'bees' } });
    expect(done.body).toEqual({
      version: 1,
      messages: [{ role: 'user', content: 'Write about bees for rendered' }],
    });
    const wrong = await api('POST', `/${id}/render`, { values: { topics: 'bees' } });
    expect(wrong.body).toMatchObject({ code: 'variables_invalid' });
    expect(wrong.body.detail).toMatch(/no variable "topics"; "topic" is missing/);
    const draft = await api('POST', '/render', { content: '{{a}}!', values: { a: 'x' } });
    expect(draft.body).toEqual({ messages: [{ role: 'user', content: 'x!' }] });
  });

  test('is changed and copied, and its name stays one of a kind', async () => {
    const { id } = await make('original');
    await make('occupied');
    expect((await api('PATCH', `/${id}`, { name: 'occupied' })).body.code).toBe('prompt_name_taken');
    expect((await api('PATCH', `/${id}`, { title: 'New title' })).body).toMatchObject({
      title: 'New title',
      name: 'original',
    });
    expect(names(await api('GET', '?search=new%20title'))).toEqual(['original']);
    const copy = await api('POST', `/${id}/duplicate`, { name: 'copy' });
    expect(copy.body).toMatchObject({
      name: 'copy',
      title: 'New title',
      version: { number: 1, content: 'Write about {{topic}} for original' },
    });
    expect((await api('POST', `/${id}/duplicate`, { name: 'copy' })).body.code).toBe('prompt_name_taken');
  });

  test('is deleted, gives its name free, and can be restored for 30 days', async () => {
    const { id } = await make('fleeting');
    expect((await api('POST', `/${id}/restore`, {})).body.code).toBe('prompt_not_removed');
    expect((await api('DELETE', `/${id}`)).body).toMatchObject({ id, deleted: true });
    expect((await api('GET', `/${id}`)).status).toBe(404);
    expect((await api('GET', '/by-name/fleeting')).status).toBe(404);
    expect(names(await api('GET', '?removed=true'))).toEqual(['fleeting']);
    await make('fleeting');
    expect((await api('POST', `/${id}/restore`, {})).body.code).toBe('prompt_name_taken');
    expect((await api('POST', `/${id}/restore`, { name: 'back again' })).body).toMatchObject({
      name: 'back again',
      removed_at: null,
    });
    const { id: other } = await make('forgotten');
    await api('DELETE', `/${other}`);
    const past =
      "update prompts set removed_at = now() - interval '31 days' where organization_id = $1 and id = $2";
    await office.place.rows(past, office.place.id, other);
    await api('DELETE', `/${id}`);
    expect(names(await api('GET', '?removed=true'))).toEqual(['back again']);
  });
});

describe('export and import', () => {
  test('carry prompts with versions and labels to another workspace, all or none', async () => {
    const { id } = await make('carried');
    await api('POST', `/${id}/versions`, {
      content: 'Second {{x}}',
      settings: { model: 'gpt-4o', parameters: { temperature: 0 } },
    });
    await api('PUT', `/${id}/labels/production`, { version: 1 });
    const all = await api('GET', '/export?limit=100');
    const prompts = (all.body.data as Body[]).filter(({ name }) => name === 'carried');
    expect(prompts[0]).toMatchObject({
      labels: [{ label: 'production', version: 1 }],
      versions: [{}, { settings: { model: 'gpt-4o' } }],
    });
    const there = await grounds.openOffice([]);
    const path = `/v1/workspaces/${there.place.workspaceId}/prompts`;
    const done = await there.api('POST', `${path}/import`, { prompts });
    expect(done.body, done.text).toMatchObject({ created: [{ name: 'carried' }], skipped: [] });
    const found = await there.api('GET', `${path}/by-name/carried?label=production`);
    expect(found.body).toMatchObject({ latest_version: 2, version: { number: 1 } });
    const more = [{ ...prompts[0], name: 'fresh' }, ...prompts];
    expect((await there.api('POST', `${path}/import`, { prompts: more })).body.code).toBe(
      'prompt_name_taken',
    );
    expect((await there.api('GET', `${path}/by-name/fresh`)).status).toBe(404);
    await there.api('POST', `${path}/import`, { prompts, on_conflict: 'append' });
    expect((await there.api('GET', `${path}/by-name/carried`)).body.latest_version).toBe(4);
    expect(
      (await there.api('POST', `${path}/import`, { prompts, on_conflict: 'skip' })).body.skipped,
    ).toEqual(['carried']);
  });
});
