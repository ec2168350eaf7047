import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type IdentityGround,
  openIdentityGround,
  type Place,
} from '../../../../test/open-identity-ground.ts';
import { findPValue, meanOf, measureRanking } from './measure-ranking.ts';

type Row = Record<string, unknown>;

describe('a ranking', () => {
  const grades = new Map([
    ['a', 3],
    ['b', 1],
    ['c', 0],
    ['d', 2],
  ]);
  it('is measured as trec_eval does', () => {
    const dcg = 0 / Math.log2(2) + 1 / Math.log2(3) + 3 / Math.log2(4);
    const ideal = 3 / Math.log2(2) + 2 / Math.log2(3) + 1 / Math.log2(4);
    expect(measureRanking(['c', 'b', 'a', 'x'], grades)).toEqual({
      ndcg_10: dcg / ideal,
      recall: 2 / 3,
      reciprocal_rank: 1 / 2,
    });
    expect(measureRanking(['a', 'd', 'b'], grades)).toEqual({ ndcg_10: 1, recall: 1, reciprocal_rank: 1 });
    expect(measureRanking([], grades)).toEqual({ ndcg_10: 0, recall: 0, reciprocal_rank: 0 });
    const late = [...Array.from({ length: 10 }, (_, i) => `x${i}`), 'a'];
    expect(measureRanking(late, grades)).toMatchObject({
      ndcg_10: 0,
      recall: 1 / 3,
      reciprocal_rank: 1 / 11,
    });
  });
  it('of nothing has no mean, and a difference by chance is told from one that is not', () => {
    expect(meanOf([])).toEqual({ ndcg_10: 0, recall: 0, reciprocal_rank: 0 });
    expect(findPValue([])).toBe(1);
    expect(findPValue([0.1, -0.1, 0.1, -0.1])).toBe(1);
    expect(findPValue(Array.from({ length: 20 }, () => 0.1))).toBeLessThan(0.001);
    expect(findPValue([0.3, 0.3])).toBeGreaterThan(0.4);
  });
});

describe('a retrieval test', () => {
  let ground: IdentityGround;
  let place: Place;
  let token: string;
  beforeAll(async () => {
    ground = await openIdentityGround();
    place = await ground.newPlace();
    token = (await ground.signIn(await place.join('admin'))).access_token;
    for (const [external_id, content] of Object.entries(texts)) await add({ external_id, content });
    await vi.waitFor(
      async () => expect((await call('GET', '/documents/counts')).body).toMatchObject({ searchable: 3 }),
      { timeout: 60_000, interval: 200 },
    );
  }, 120_000);
  afterAll(() => ground?.close());

  const texts = {
    lighthouse: '# Lighthouse\n\nThe lighthouse keeper lights the lamp at dusk.',
    bakery: '# Bakery\n\nThe bakery sells rye bread from six in the morning.',
    museum: '# Museum\n\nThe museum shows ships in bottles.',
  };
  const call = (method: string, path: string, body?: unknown) =>
    ground.api(
      method,
      `/v1/workspaces/${place.workspaceId}${path}`,
      body === undefined ? { token } : { token, body },
    );
  const add = async (body: Row) => {
    const answer = await call('POST', '/documents', { title: String(body.external_id), ...body });
    if (answer.status !== 201) throw new Error(answer.text);
  };
  const newSet = async (name: string, queries: Row[]) => {
    const { id } = (await call('POST', '/test-sets', { name })).body;
    const put = await call('PUT', `/test-sets/${id}/queries`, { queries });
    expect(put.text).toContain(`"queries":${queries.length}`);
    return String(id);
  };
  const run = async (set: string, settings: Row): Promise<Row> => {
    const begun = await call('POST', `/test-sets/${set}/runs`, settings);
    expect(begun.status).toBe(202);
    let row: Row = {};
    await vi.waitFor(
      async () => {
        row = (await call('GET', `/test-sets/${set}/runs/${begun.body.id}`)).body;
        expect(['done', 'failed']).toContain(row.status);
      },
      { timeout: 30_000, interval: 100 },
    );
    return row;
  };
  const queries = [
    { key: '1', query: 'Who lights the lamp?', expected: [{ external_id: 'lighthouse', grade: 2 }] },
    { key: '2', query: 'rye bread', expected: [{ external_id: 'bakery' }] },
    { key: '3', query: 'ships', expected: [{ external_id: 'never was' }] },
  ];

  it('searches every query and measures what was found', { timeout: 60_000 }, async () => {
    const set = await newSet('First', queries);
    const row = await run(set, { mode: 'text', limit: 5, name: 'words' });
    expect(row).toMatchObject({ status: 'done', queries: 3, queries_done: 3, error: null });
    expect(row.ndcg_10).toBeCloseTo(2 / 3);
    expect(row.recall).toBeCloseTo(2 / 3);
    const { data } = (await call('GET', `/test-sets/${set}/runs/${row.id}/results`)).body as { data: Row[] };
    const third = data.find(({ key }) => key === '3')!;
    expect(third).toMatchObject({ ndcg_10: 0, expected_count: 1, found: [{ id: 'museum', grade: null }] });
    expect(data.find(({ key }) => key === '1')).toMatchObject({ found: [{ id: 'lighthouse', grade: 2 }] });
  });

  it('replaces queries by their keys, and compares two runs query by query', {
    timeout: 60_000,
  }, async () => {
    const set = await newSet('Second', queries);
    const before = await run(set, { mode: 'hybrid' });
    await call('PUT', `/test-sets/${set}/queries`, {
      queries: [{ ...queries[2], expected: [{ external_id: 'museum' }] }],
    });
    const after = await run(set, { mode: 'hybrid', text_weight: 0.9 });
    const path = `/test-sets/${set}/runs/${before.id}/comparison?other_test_run_id=${after.id}`;
    const { body } = await call('GET', path);
    expect(body).toMatchObject({
      queries: 3,
      won: 1,
      lost: 0,
      equal: 2,
      data: [{ key: '3', difference: 1 }],
    });
    expect((body.difference as Row).ndcg_10).toBeCloseTo(1 / 3);
  });

  it('sees what everyone of the workspace sees, and says why it failed', { timeout: 60_000 }, async () => {
    const { id } = (await call('POST', '/collections', { name: 'Closed' })).body;
    await call('PUT', `/collections/${id}/access`, { access: 'groups' });
    const set = await newSet('Third', queries);
    const row = await run(set, { collection_ids: [id] });
    expect(row).toMatchObject({ status: 'failed', ndcg_10: null });
    expect(row.error).toContain('collection');
    const empty = String((await call('POST', '/test-sets', { name: 'Empty' })).body.id);
    expect((await call('POST', `/test-sets/${empty}/runs`, {})).body.code).toBe('test_set_empty');
  });

  it('takes documents or passages of a query, not both', async () => {
    const set = String((await call('POST', '/test-sets', { name: 'Fourth' })).body.id);
    const expected = [{ external_id: 'a' }, { passage_id: place.id }];
    const mixed = { queries: [{ key: 'a', query: 'b', expected }] };
    expect((await call('PUT', `/test-sets/${set}/queries`, mixed)).status).toBe(400);
    const { data } = (await call('GET', '/documents?limit=1')).body as { data: Row[] };
    const passages = (await call('GET', `/documents/${data[0]!.id}/passages`)).body.data as Row[];
    const one = { key: 'a', query: String(passages[0]!.text), expected: [{ passage_id: passages[0]!.id }] };
    await call('PUT', `/test-sets/${set}/queries`, { queries: [one] });
    expect(await run(set, { mode: 'hybrid' })).toMatchObject({ ndcg_10: 1, reciprocal_rank: 1 });
  });
});
