// Documents: what comes in is read, embedded and found; the same bytes are kept once, a new version takes the place of the old
// one whole, and what is removed is gone.
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  type IdentityGround,
  openIdentityGround,
  type Place,
} from '../../../../test/open-identity-ground.ts';

let ground: IdentityGround;
let place: Place;
let token: string;
beforeAll(async () => {
  ground = await openIdentityGround();
  place = await ground.newPlace();
  token = (await ground.signIn(await place.join('admin'))).access_token;
});
afterAll(() => ground?.close());

type Row = Record<string, unknown>;
const at = (path: string, workspaceId = place.workspaceId) =>
  `/v1/workspaces/${workspaceId}/documents${path}`;
const call = (method: string, path: string, body?: unknown) =>
  ground.api(method, path, body === undefined ? { token } : { token, body });
const add = async (body: Row) => (await call('POST', at(''), body)).body as Row;

/** Sends a form, as curl -F does. */
async function upload(path: string, parts: { file?: Blob; name?: string; fields?: Record<string, string> }) {
  const form = new FormData();
  for (const [name, value] of Object.entries(parts.fields ?? {})) form.append(name, value);
  if (parts.file) form.append('file', parts.file, parts.name ?? 'notes.md');
  const answer = await fetch(ground.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
  return { status: answer.status, body: (await answer.json()) as Row };
}

/** Waits until the newest version has ended its way. */
async function settled(id: unknown): Promise<Row> {
  let row: Row = {};
  await vi.waitFor(
    async () => {
      row = (await call('GET', at(`/${id}`))).body;
      expect(['ready', 'failed', 'cancelled']).toContain(row.status);
    },
    { timeout: 30_000, interval: 100 },
  );
  return row;
}

const markdown = (name: string) =>
  `# ${name}\n\nThe ${name} was founded in 1891.\n\n## Opening hours\n\nIt opens at nine.\n`;

describe('a document', () => {
  test('comes in as a form or as JSON, and is read, embedded and indexed', async () => {
    const file = new Blob([markdown('Lighthouse')], { type: 'text/markdown' });
    const sent = await upload(at(''), {
      file,
      name: 'lighthouse.md',
      fields: { metadata: '{"place":"coast"}' },
    });
    expect(sent.status).toBe(201);
    expect(sent.body).toMatchObject({ status: 'queued', duplicate: false, file_name: 'lighthouse.md' });
    const text = await add({ title: 'Museum', content: markdown('Museum') });
    for (const id of [sent.body.id, text.id]) {
      const row = await settled(id);
      expect(row).toMatchObject({ status: 'ready', is_searchable: true, progress: 1, error: null });
      expect(row.chunk_count).toBeGreaterThan(0);
    }
    expect(await settled(sent.body.id)).toMatchObject({ title: 'Lighthouse', metadata: { place: 'coast' } });
    const passages = (await call('GET', at(`/${text.id}/passages`))).body.data as Row[];
    const normalised = (await call('GET', at(`/${text.id}/text`))).text;
    for (const one of passages) {
      const slice = normalised.slice(one.start_offset as number, one.end_offset as number);
      expect(slice).toContain(String(one.text).split('\n').at(-1));
    }
    const original = await call('GET', at(`/${sent.body.id}/file`));
    expect(original.text).toBe(markdown('Lighthouse'));
    expect(original.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''lighthouse.md");
    const vectors = await place.rows('select 1 from chunk_vectors where organization_id = $1', place.id);
    expect(vectors.length).toBeGreaterThan(1);
  });

  test('of the same bytes is the one that is there', async () => {
    const content = markdown('Twice');
    const [first, ...others] = await Promise.all(
      Array.from({ length: 4 }, () => add({ title: 'Twice', content })),
    );
    expect(new Set([first!, ...others].map(({ id }) => id)).size).toBe(1);
    expect([first!, ...others].filter(({ duplicate }) => !duplicate)).toHaveLength(1);
  });

  test('under a name that is taken replaces what was there, and searchers see the old one until then', async () => {
    const first = await add({ title: 'Plan', content: markdown('Plan A'), external_id: 'plan' });
    await settled(first.id);
    const second = await add({ title: 'Plan', content: markdown('Plan B'), external_id: 'plan' });
    expect(second).toMatchObject({ id: first.id, version: 2, current_version: 1, duplicate: false });
    const row = await settled(first.id);
    expect(row).toMatchObject({ status: 'ready', current_version: 2 });
    const passages = (await call('GET', at(`/${first.id}/passages`))).text;
    expect(passages).toContain('Plan B');
    expect(passages).not.toContain('Plan A');
    const live = await place.rows<{ version: number }>(
      'select version from search_segment_documents where organization_id = $1 and document_id = $2 and not is_dead',
      place.id,
      first.id,
    );
    expect(live).toEqual([{ version: 2 }]);
    await vi.waitFor(async () => {
      const old = await place.rows('select 1 from chunks where document_id = $1 and version = 1', first.id);
      expect(old).toEqual([]);
    });
    const versions = (await call('GET', at(`/${first.id}/versions`))).body.data as Row[];
    expect(versions.map(({ status }) => status)).toEqual(['ready', 'superseded']);
  });

  test('that cannot be read fails with words that say what to do, and can be tried again', async () => {
    const junk = new Blob([new Uint8Array(2_000).fill(7)]);
    const { body } = await upload(at(''), { file: junk, name: 'junk.pdf' });
    const row = await settled(body.id);
    expect(row.status).toBe('failed');
    expect((row.error as Row).detail).toMatch(/\w{3,} .*\./);
    expect(row.is_searchable).toBe(false);
    const again = await call('POST', at(`/${body.id}/retry`), {});
    expect(again.status).toBe(202);
    expect((await settled(body.id)).status).toBe('failed');
    expect((await call('POST', at(`/${(await add({ content: 'x y z' })).id}/retry`), {})).body.code).toBe(
      'document_not_failed',
    );
  });

  test('that is removed leaves neither rows nor files nor passages that are found', async () => {
    const made = await add({ title: 'Gone', content: markdown('Gone') });
    await settled(made.id);
    const [{ blob_id } = { blob_id: '' }] = await place.rows<{ blob_id: string }>(
      'select blob_id from document_versions where document_id = $1',
      made.id,
    );
    const removed = await call('DELETE', at(`/${made.id}`));
    expect(removed.body).toEqual({ id: made.id, deleted: true });
    expect((await call('GET', at(`/${made.id}`))).status).toBe(404);
    expect(await place.rows('select 1 from chunks where document_id = $1', made.id)).toEqual([]);
    const live = 'select 1 from search_segment_documents where document_id = $1 and not is_dead';
    expect(await place.rows(live, made.id)).toEqual([]);
    await vi.waitFor(async () => {
      const left: string[] = [];
      for await (const name of ground.app.blobs.for(place.id).list('documents')) left.push(name);
      expect(left.filter((name) => name.includes(blob_id))).toEqual([]);
    });
  });

  test('that is cancelled is not read on', async () => {
    const made = await add({ title: 'Stop', content: markdown('Stop').repeat(2_000) });
    const stopped = await call('POST', at(`/${made.id}/cancel`), {});
    expect(stopped.body.status).toBe('cancelled');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await call('GET', at(`/${made.id}`))).body).toMatchObject({
      status: 'cancelled',
      is_searchable: false,
    });
  });

  test('with a new title is found under it; in another collection it is found only there', async () => {
    const made = await add({ title: 'Old name', content: markdown('Harbour') });
    await settled(made.id);
    await call('PATCH', at(`/${made.id}`), { title: 'New name', metadata: { year: 2026 } });
    expect(await settled(made.id)).toMatchObject({ title: 'New name', version: 2, metadata: { year: 2026 } });
    const path = `/v1/workspaces/${place.workspaceId}/collections`;
    const other = (await call('POST', path, { name: 'Other' })).body;
    const moved = (await call('PATCH', at(`/${made.id}`), { collection_id: other.id })).body;
    expect(moved).toMatchObject({ collection_id: other.id, is_searchable: false });
    expect(await settled(made.id)).toMatchObject({ is_searchable: true, current_version: 3 });
  });
});

describe('an upload', () => {
  test('of more than is taken is refused, and leaves nothing', async () => {
    const huge = new Blob([new Uint8Array(51_000_000)]);
    const refused = await upload(at(''), { file: huge, name: 'huge.txt' }).catch((error: Error) => error);
    if (!(refused instanceof Error)) expect(refused.status).toBe(413);
    const notes = await place.rows('select 1 from documents where source = $1', 'huge.txt');
    expect(notes).toEqual([]);
  });

  test('without a file, with two, or with a field that nobody knows is refused in words', async () => {
    const file = new Blob(['text']);
    expect((await upload(at(''), { fields: { title: 'x' } })).body.code).toBe('file_upload_broken');
    expect((await upload(at(''), { file, fields: { nobody: 'x' } })).body.code).toBe('invalid_request');
    expect((await upload(at(''), { file, fields: { content: 'x' } })).body.code).toBe(
      'document_content_twice',
    );
    expect((await call('POST', at(''), { title: 'x' })).body.code).toBe('document_content_missing');
    const form = new FormData();
    form.append('file', file, 'a.txt');
    form.append('file', file, 'b.txt');
    const headers = { authorization: `Bearer ${token}` };
    const two = await fetch(ground.url + at(''), { method: 'POST', headers, body: form });
    expect(two.status).toBe(400);
  });

  test('is refused before its body is read when there is no right to it', async () => {
    const reader = (await ground.signIn(await place.join('readonly'))).access_token;
    const headers = { authorization: `Bearer ${reader}`, 'content-type': 'multipart/form-data; boundary=x' };
    const status = await new Promise((resolve, reject) => {
      const asked = request(ground.url + at(''), { method: 'POST', headers }, (answer) => {
        resolve(answer.statusCode);
        asked.destroy();
      });
      asked.on('error', reject);
      asked.write('--x\r\n');
    });
    expect(status).toBe(403);
  });

  test('with an Idempotency-Key is taken once, and refused with other bytes', async () => {
    const headers = { authorization: `Bearer ${token}`, 'idempotency-key': `k-${Date.now()}` };
    const send = (text: string) => {
      const body = new FormData();
      body.append('file', new Blob([text]), 'once.txt');
      return fetch(ground.url + at(''), { method: 'POST', headers, body });
    };
    const first = await send('said once, and not again');
    const second = await send('said once, and not again');
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(((await second.json()) as Row).id).toBe(((await first.json()) as Row).id);
    expect((await send('something else')).status).toBe(422);
  });
});

test('the count of a workspace stays right while documents come and go at the same time', async () => {
  const home = await ground.newPlace();
  const { access_token } = await ground.signIn(await home.join('admin'));
  const post = (content: string) =>
    ground.api('POST', at('', home.workspaceId), { token: access_token, body: { content } });
  const made = await Promise.all(Array.from({ length: 12 }, (_, i) => post(`document number ${i}`)));
  const gone = made
    .slice(0, 5)
    .map(({ body }) =>
      ground.api('DELETE', `${at('', home.workspaceId)}/${body.id}`, { token: access_token }),
    );
  const answers = await Promise.all([
    ...gone,
    ...Array.from({ length: 3 }, (_, i) => post(`another one, ${i}`)),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 201, 201, 201]);
  const workspace = await ground.api('GET', `/v1/workspaces/${home.workspaceId}`, { token: access_token });
  expect(workspace.body.document_count).toBe(10);
  const counts = await ground.api('GET', at('/counts', home.workspaceId), { token: access_token });
  expect(counts.body.total).toBe(10);
});

test('the sources’ addresses mean the workspace of the key, the one named, or the default one', async () => {
  const made = await call('POST', '/v1/rag/documents', { title: 'Rag', content: markdown('Rag') });
  expect(made.body).toMatchObject({ workspace_id: place.workspaceId });
  const listed = await call('GET', `/v1/rag/documents?title=rag&workspace_id=${place.workspaceId}`);
  expect((listed.body.data as Row[]).map(({ id }) => id)).toEqual([made.body.id]);
  expect((await call('DELETE', `/v1/rag/documents/${made.body.id}`)).status).toBe(200);
});
