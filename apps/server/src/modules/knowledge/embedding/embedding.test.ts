// The embedding model of a collection: a provider's is called like any other model, and a change leaves searches as they were
// until everything is embedded with the new one.
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import type { OpenAiProvider } from '../../../../test/fakes/openai-provider.ts';
import { type Office, type OfficeGround, openOfficeGround } from '../../../../test/open-office.ts';

let ground: OfficeGround;
let office: Office;
let provider: OpenAiProvider;
type Row = Record<string, unknown>;

beforeAll(async () => {
  ground = await openOfficeGround();
  provider = await ground.startProvider();
  office = await ground.openOffice([{ provider, models: ['text-embedding-3-small'] }]);
});
afterAll(() => ground?.close());

const at = (path: string) => `/v1/workspaces/${office.place.workspaceId}${path}`;
const rows = <R extends object>(text: string, ...values: unknown[]) => office.place.rows<R>(text, ...values);

async function newCollection(documents: number): Promise<string> {
  const { body } = await office.api('POST', at('/collections'), { name: `C ${Math.random()}` });
  for (let i = 0; i < documents; i++)
    await office.api('POST', at('/documents'), {
      collection_id: body.id,
      title: `Document ${i}`,
      content: `# Part ${i}\n\nThe lamp number ${i} stands at the harbour of collection ${body.id}.\n`,
    });
  await vi.waitFor(async () => expect(await countReady(body.id as string)).toBe(documents), {
    timeout: 20_000,
    interval: 100,
  });
  return body.id as string;
}

async function countReady(collectionId: string): Promise<number> {
  const { body } = await office.api('GET', at(`/documents/counts?collection_id=${collectionId}`));
  return body.searchable as number;
}

const stateOf = async (id: string) => (await office.api('GET', at(`/collections/${id}/embedding`))).body;
const liveIn = async (id: string, generation: number) =>
  (
    await rows<{ n: number }>(
      `select count(distinct d.document_id)::int as n from search_segment_documents d join search_segments s on s.id = d.segment_id
        where s.collection_id = $1 and s.generation = $2 and not d.is_dead`,
      id,
      generation,
    )
  )[0]!.n;

test('a change to a provider’s model goes through the gateway, and switches when everything is embedded', async () => {
  const id = await newCollection(5);
  const started = await office.api('POST', at(`/collections/${id}/embedding`), {
    model: 'text-embedding-3-small',
  });
  expect(started.status).toBe(202);
  expect(started.body).toMatchObject({ model: 'insula/minilm-l6-v2', next_model: 'text-embedding-3-small' });
  await vi.waitFor(async () => expect((await stateOf(id)).model).toBe('text-embedding-3-small'), 20_000);
  expect(await stateOf(id)).toMatchObject({ next_model: null, progress: 1, error: null });
  expect(await liveIn(id, 2)).toBe(5);
  await vi.waitFor(async () => {
    const old = await rows('select 1 from chunk_vectors where collection_id = $1 and generation = 1', id);
    expect(old).toEqual([]);
  });
  const billed = (await office.usage()).filter((row) => row.surface === 'embeddings');
  expect(billed.length).toBeGreaterThan(0);
  const first = await newDocumentIn(id);
  await vi.waitFor(async () => expect(await countReady(id)).toBe(6), 20_000);
  const vectors = await rows<{ generation: number }>(
    'select v.generation from chunk_vectors v join chunks c on c.id = v.chunk_id where c.document_id = $1',
    first.id,
  );
  expect(vectors.map(({ generation }) => generation)).toEqual([2]);
});

async function newDocumentIn(collectionId: string): Promise<Row> {
  const content = `# Later\n\nIt came later, ${Math.random()}.\n`;
  return (
    await office.api('POST', at('/documents'), { collection_id: collectionId, title: 'Later', content })
  ).body;
}

test('documents that come and go while it is changed are right in the new generation', async () => {
  const id = await newCollection(12);
  const { body } = await office.api('GET', at(`/documents?collection_id=${id}&limit=100`));
  const [gone, replaced] = (body.data as Row[]).map((row) => row.id);
  await office.api('POST', at(`/collections/${id}/embedding`), { model: 'text-embedding-3-small' });
  await Promise.all([
    office.api('DELETE', at(`/documents/${gone}`)),
    office.api('POST', at(`/documents/${replaced}/versions`), { content: '# Other\n\nOther words.\n' }),
    newDocumentIn(id),
    newDocumentIn(id),
  ]);
  await vi.waitFor(async () => expect((await stateOf(id)).model).toBe('text-embedding-3-small'), 20_000);
  await vi.waitFor(async () => {
    const { body: counts } = await office.api('GET', at(`/documents/counts?collection_id=${id}`));
    expect(counts).toMatchObject({ total: 13, by_status: { ready: 13 } });
    expect(await liveIn(id, 2)).toBe(13);
  }, 20_000);
  const twice = await rows(
    `select d.document_id from search_segment_documents d join search_segments s on s.id = d.segment_id
      where s.collection_id = $1 and s.generation = 2 and not d.is_dead
      group by 1 having count(distinct d.version) > 1`,
    id,
  );
  expect(twice).toEqual([]);
});

test('a model that nobody knows is refused before anything is changed', async () => {
  const id = await newCollection(1);
  const refused = await office.api('POST', at(`/collections/${id}/embedding`), { model: 'no-such-model' });
  expect(refused.status).toBeGreaterThanOrEqual(400);
  expect(refused.body.detail).toMatch(/no-such-model/);
  expect(await stateOf(id)).toMatchObject({ next_model: null });
  const same = await office.api('POST', at(`/collections/${id}/embedding`), { model: 'insula/minilm-l6-v2' });
  expect(same.body.code).toBe('embedding_model_same');
});

test('a change can be given up, and what was made of it is cleared', async () => {
  const id = await newCollection(2);
  provider.next({}, ...Array.from({ length: 40 }, () => ({ status: 500 })));
  onTestFinished(() => provider.forget());
  const path = at(`/collections/${id}/embedding`);
  expect((await office.api('POST', path, { model: 'text-embedding-3-small' })).status).toBe(202);
  await vi.waitFor(async () => expect((await stateOf(id)).error).toMatch(/cannot be embedded/), 20_000);
  expect(await stateOf(id)).toMatchObject({ next_model: 'text-embedding-3-small', progress: 0 });
  const again = await office.api('POST', path, { model: 'another' });
  expect(again.body.code).toBe('re_embedding_under_way');
  expect((await office.api('DELETE', path)).body).toMatchObject({ next_model: null, error: null });
  expect((await office.api('DELETE', path)).body.code).toBe('re_embedding_not_under_way');
  await vi.waitFor(async () =>
    expect(await rows('select 1 from re_embeddings where collection_id = $1', id)).toEqual([]),
  );
});
