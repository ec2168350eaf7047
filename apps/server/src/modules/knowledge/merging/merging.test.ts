import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestMember, TestOrganization } from '../../../../test/open-people-ground.ts';
import {
  openSearchGround,
  type SearchGround,
  type SearchPlace,
} from '../../../../test/open-search-ground.ts';
import type { Indexer } from '../../../platform/searching/index.ts';
import { createMerging } from './create-merging.ts';

const direction = () => Float32Array.from([1, 0, 0, 0]);
let ground: SearchGround;
let home: TestOrganization;
let boss: TestMember;
beforeAll(async () => {
  ground = await openSearchGround(direction);
  home = await ground.newOrganization();
  boss = await home.add('admin');
  await ground.app.queue.stop(); // merging is tried here by hand
});
afterAll(() => ground?.close());

const doc = (text: string) => ({ title: text, passages: [{ text, vector: direction() }] });
const slice = (indexer: Indexer = ground.deps.indexer) =>
  createMerging({ ...ground.deps, indexer }).slice({
    organizationId: home.id,
    signal: new AbortController().signal,
  });
const found = async (place: SearchPlace) => {
  const ask = { workspace_id: place.workspaceId, collection_ids: [place.collectionId], limit: 100 };
  const { data } = await ground.search(await boss.actor(), { ...ask, query: 'number', mode: 'text' });
  return data.map(({ text }) => text).sort();
};
const countSegments = async (place: SearchPlace) =>
  (
    await home.rows(
      'select id from search_segments where organization_id = $1 and collection_id = $2',
      place.collectionId,
    )
  ).length;

it('many small segments become few, without what is dead, and searches find the same', async () => {
  const place = await ground.newCollection(home);
  const ids: string[] = [];
  for (let i = 0; i < 20; i++) ids.push(...(await ground.publish(place, [doc(`number ${i}`)])));
  await ground.remove(place, ids.slice(0, 5));
  const before = await found(place);
  expect(before).toHaveLength(15);
  expect(await slice()).toBe('done');
  expect(await countSegments(place)).toBeLessThan(8);
  expect(await found(place)).toEqual(before);
  const dead = await home.rows(
    'select 1 from search_segment_documents where organization_id = $1 and collection_id = $2 and document_id = any($3)',
    ...[place.collectionId, ids.slice(0, 5)],
  );
  expect(dead).toEqual([]);
});

it('a document that is removed while its segment is merged stays removed', async () => {
  const place = await ground.newCollection(home);
  const ids: string[] = [];
  for (let i = 0; i < 8; i++) ids.push(...(await ground.publish(place, [doc(`number ${i}`)])));
  const indexer: Indexer = {
    ...ground.deps.indexer,
    async merge(organizationId, sources) {
      const merged = await ground.deps.indexer.merge(organizationId, sources);
      await ground.remove(place, [ids[3]!]);
      return merged;
    },
  };
  expect(await slice(indexer)).toBe('done');
  expect(await countSegments(place)).toBe(1);
  expect(await found(place)).toEqual([0, 1, 2, 4, 5, 6, 7].map((i) => `number ${i}`));
});
