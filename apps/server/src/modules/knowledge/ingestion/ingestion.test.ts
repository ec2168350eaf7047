// Bringing documents on: what was done is not done again, what may pass is waited for, and what takes the server down is given
// up in the end. Every document ends ready, or failed with a reason.
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import type { OpenAiProvider } from '../../../../test/fakes/openai-provider.ts';
import { type Office, type OfficeGround, openOfficeGround } from '../../../../test/open-office.ts';
import { systemActor } from '../../../platform/actor.ts';

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
const get = async (id: unknown) => (await office.api('GET', at(`/documents/${id}`))).body;
const add = async (body: Row) => (await office.api('POST', at('/documents'), body)).body;
const tell = () =>
  ground.ground.app.db.as(systemActor(office.place.id), (tx) =>
    ground.ground.app.queue.tell(tx, office.place.id, 'ingest-documents'),
  );

async function ended(id: unknown, status: string): Promise<Row> {
  await vi.waitFor(async () => expect((await get(id)).status).toBe(status), {
    timeout: 30_000,
    interval: 100,
  });
  return get(id);
}

const long = (sections: number) =>
  Array.from(
    { length: sections },
    (_, i) => `## Section ${i}\n\n${`Sentence ${i} about the harbour and its lamps. `.repeat(30)}\n`,
  ).join('\n');

test('what was embedded before a crash is not embedded again', async () => {
  const made = await add({ title: 'Half', content: long(30) });
  const ready = await ended(made.id, 'ready');
  expect(ready.chunk_count).toBeGreaterThan(20);
  // As a killed server leaves it: passages, a part of the vectors, and nothing published.
  await rows(`delete from search_segments where organization_id = $1`, office.place.id);
  await rows(
    `delete from chunk_vectors where organization_id = $1 and chunk_id in (select id from chunks where document_id = $2 and seq >= 10)`,
    office.place.id,
    made.id,
  );
  await rows('update documents set version = null where id = $1', made.id);
  await rows(`update document_versions set status = 'embedding' where document_id = $1`, made.id);
  const kept = await rows<{ n: string }>(
    'select v.xmin::text as n from chunk_vectors v join chunks c on c.id = v.chunk_id where c.document_id = $1',
    made.id,
  );
  expect(kept).toHaveLength(10);
  await tell();
  await ended(made.id, 'ready');
  const after = await rows<{ n: string }>(
    'select v.xmin::text as n from chunk_vectors v join chunks c on c.id = v.chunk_id where c.document_id = $1 and c.seq < 10',
    made.id,
  );
  expect(after.map(({ n }) => n).sort()).toEqual(kept.map(({ n }) => n).sort());
  const live = await rows<{ n: number }>(
    'select count(*)::int as n from search_segment_documents where document_id = $1 and not is_dead',
    made.id,
  );
  expect(live).toEqual([{ n: 1 }]);
});

test('a file that was being read when the server was killed is read from the beginning, with no passage twice', async () => {
  const made = await add({ title: 'Cut', content: long(6) });
  const ready = await ended(made.id, 'ready');
  await rows('update documents set version = null where id = $1', made.id);
  await rows(`update document_versions set status = 'reading' where document_id = $1`, made.id);
  await tell();
  await ended(made.id, 'ready');
  const [count] = await rows<{ n: number }>(
    'select count(*)::int as n from chunks where document_id = $1',
    made.id,
  );
  expect(count).toEqual({ n: ready.chunk_count });
});

test('a file that takes the server down again and again is given up with a reason', async () => {
  const made = await add({ title: 'Bomb', content: 'Tick. Tock.' });
  await ended(made.id, 'ready');
  await rows('update documents set version = null where id = $1', made.id);
  await rows(`update document_versions set status = 'reading', attempts = 3 where document_id = $1`, made.id);
  await tell();
  const row = await ended(made.id, 'failed');
  expect(row.error).toMatchObject({
    code: 'document_interrupts',
    detail: expect.stringMatching(/simpler format/),
  });
});

test('a provider that is down is waited for, with the reason and the next try in sight', async () => {
  const { body } = await office.api('POST', at('/collections'), { name: 'Remote' });
  await office.api('POST', at(`/collections/${body.id}/embedding`), { model: 'text-embedding-3-small' });
  await vi.waitFor(async () => {
    const state = await office.api('GET', at(`/collections/${body.id}/embedding`));
    expect(state.body.model).toBe('text-embedding-3-small');
  }, 20_000);
  provider.next(...Array.from({ length: 30 }, () => ({ status: 503 })));
  onTestFinished(() => provider.forget());
  const made = await add({ title: 'Waits', content: 'It waits for its provider.', collection_id: body.id });
  await vi.waitFor(async () => expect((await get(made.id)).retry_at).not.toBeNull(), { timeout: 25_000 });
  const waiting = await get(made.id);
  expect(waiting).toMatchObject({ status: 'embedding', attempts: 1, stage: 'waiting to be tried again' });
  expect((waiting.error as Row).detail).toMatch(/text-embedding-3-small/);
  provider.forget();
  // The circuit of the target that failed is open for a while as well.
  await vi.waitFor(
    async () => {
      await rows('update document_versions set retry_at = now() where document_id = $1', made.id);
      await tell();
      expect((await get(made.id)).status).toBe('ready');
    },
    { timeout: 60_000, interval: 1_000 },
  );
  expect((await get(made.id)).error).toBeNull();
}, 120_000);

test('a document of thousands of passages leaves the server answering', async () => {
  const made = await add({ title: 'Large', content: long(900) });
  let slowest = 0;
  let isOver = false;
  const watch = (async () => {
    while (!isOver) {
      const startedAt = performance.now();
      await get(made.id);
      slowest = Math.max(slowest, performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  await vi.waitFor(
    async () => expect(['embedding', 'indexing', 'ready']).toContain((await get(made.id)).status),
    { timeout: 60_000, interval: 200 },
  );
  expect((await get(made.id)).chunk_count).toBeGreaterThan(800);
  isOver = true;
  await watch;
  await office.api('POST', at(`/documents/${made.id}/cancel`), {});
  expect(slowest).toBeLessThan(2_000);
}, 120_000);
