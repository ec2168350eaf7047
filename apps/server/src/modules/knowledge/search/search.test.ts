import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestMember, TestOrganization } from '../../../../test/open-people-ground.ts';
import {
  openSearchGround,
  type SearchGround,
  type SearchPlace,
} from '../../../../test/open-search-ground.ts';
import type { SearchInput } from './search-knowledge.ts';

const DIMENSIONS = 16;

/** The direction of a number; a question that ends with a number points there. */
const vectorOf = (text: string) => {
  const at = Number(/(\d+)\s*$/.exec(text)?.[1] ?? 0) % DIMENSIONS;
  return Float32Array.from({ length: DIMENSIONS }, (_, i) => (i === at ? 1 : 0));
};

let ground: SearchGround;
let home: TestOrganization;
let boss: TestMember;
beforeAll(async () => {
  ground = await openSearchGround(vectorOf);
  home = await ground.newOrganization();
  boss = await home.add('admin');
});
afterAll(() => ground?.close());

const search = async (
  place: SearchPlace,
  input: Omit<SearchInput, 'workspace_id' | 'collection_ids'>,
  who = boss,
) =>
  ground.search(await who.actor(), {
    workspace_id: place.workspaceId,
    collection_ids: [place.collectionId],
    ...input,
  });
const doc = (title: string, ...texts: string[]) => ({
  title,
  passages: texts.map((text) => ({ text, vector: vectorOf(text) })),
});

it('finds by meaning, by words, or by both, and says why', async () => {
  const place = await ground.newCollection(home);
  await ground.publish(place, [
    doc('Wind', 'the shear layer 1', 'wings 2'),
    doc('Books', 'a library of books 3'),
  ]);
  const byWords = await search(place, { query: 'Library', mode: 'text' });
  expect(byWords.data.map(({ text }) => text)).toEqual(['a library of books 3']);
  const [hit] = byWords.data;
  expect(hit!.highlights.map(({ start, end }) => hit!.text.slice(start, end))).toEqual(['library']);
  const byMeaning = await search(place, { query: 'unheard of 2', mode: 'vector', limit: 1, explain: true });
  expect(byMeaning.data[0]).toMatchObject({ text: 'wings 2', explain: { vector: { rank: 1 } } });
  expect(byMeaning.data[0]!.score).toBeCloseTo(1, 2);
  const both = await search(place, { query: 'books 1', mode: 'hybrid', explain: true });
  expect(both.data).toHaveLength(3);
  expect(both.data[0]).toMatchObject({
    text: 'the shear layer 1',
    explain: { text: { score: 0, rank: null } },
  });
  expect(both.searched.passages).toBe(3);
});
