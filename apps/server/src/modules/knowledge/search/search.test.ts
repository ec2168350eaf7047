import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outcomeOf, type TestMember, type TestOrganization } from '../../../../test/open-people-ground.ts';
import {
  openSearchGround,
  type SearchGround,
  type SearchPlace,
} from '../../../../test/open-search-ground.ts';
import { newId } from '../../../platform/ids.ts';
import { completeQuestion } from '../questions/complete-question.ts';
import type { SearchInput } from './search-knowledge.ts';

const DIMENSIONS = 16;

/** The direction of the number that a text ends with. */
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

type Ask = Omit<SearchInput, 'workspace_id'>;
const search = async (place: SearchPlace, ask: Ask, who = boss) =>
  ground.search(await who.actor(), {
    workspace_id: place.workspaceId,
    collection_ids: [place.collectionId],
    ...ask,
  });
const passage = (text: string) => ({ text, vector: vectorOf(text) });
const doc = (title: string, ...texts: string[]) => ({ title, passages: texts.map(passage) });
const textsOf = ({ data }: Awaited<ReturnType<typeof search>>) => data.map(({ text }) => text);
const titlesOf = ({ data }: Awaited<ReturnType<typeof search>>) =>
  data.map((hit) => hit.document.title).sort();

describe('a search', () => {
  it('finds by meaning, by words, or by both, and says why', async () => {
    const place = await ground.newCollection(home);
    await ground.publish(place, [
      doc('Wind', 'the shear layer 1', 'wings 2'),
      doc('Books', 'a library of books 3'),
    ]);
    const byWords = await search(place, { query: 'Library', mode: 'text' });
    expect(textsOf(byWords)).toEqual(['a library of books 3']);
    const [hit] = byWords.data;
    expect(hit!.highlights.map(({ start, end }) => hit!.text.slice(start, end))).toEqual(['library']);
    const byMeaning = await search(place, { query: 'unheard of 2', mode: 'vector', limit: 1, explain: true });
    expect(byMeaning.data[0]).toMatchObject({ text: 'wings 2', explain: { vector: { rank: 1 } } });
    expect(byMeaning.data[0]!.score).toBeCloseTo(1, 2);
    const both = await search(place, { query: 'books 1', mode: 'hybrid', explain: true });
    expect(both.data).toHaveLength(3);
    expect(both.data[0]).toMatchObject({
      text: 'the shear layer 1',
      explain: { text: { rank: 2 }, vector: { rank: 1 } },
    });
    expect(both.words).toEqual([
      { word: 'books', passages: 1 },
      { word: '1', passages: 1 },
    ]);
    expect(both.searched.passages).toBe(3);
  });

  it('finds names as they are written and by their parts, in any script', async () => {
    const place = await ground.newCollection(home);
    const texts = [
      'calls foo.bar() twice',
      'ERR_4711 was raised',
      '東京都の人口',
      'die Häuser der Stadt und die Straßen sind alt',
    ];
    await ground.publish(
      place,
      texts.map((text) => doc('', text)),
    );
    const found = async (query: string) => textsOf(await search(place, { query, mode: 'text' }));
    expect(await found('foo.bar')).toEqual([texts[0]]);
    expect(await found('4711')).toEqual([texts[1]]);
    expect(await found('err_4711')).toEqual([texts[1]]);
    expect(await found('東京')).toEqual([texts[2]]);
    expect(await found('Haus')).toEqual([texts[3]]);
  });

  it('gives what stands before and after, and one passage a document where that is asked for', async () => {
    const place = await ground.newCollection(home);
    await ground.publish(place, [
      doc('Long', 'one 1', 'two 2', 'three 3', 'four 4'),
      doc('Short', 'three 3'),
    ]);
    const around = await search(place, { query: 'four', mode: 'text', neighbours: 2 });
    expect(around.data[0]).toMatchObject({ before: [{ text: 'two 2' }, { text: 'three 3' }], after: [] });
    const grouped = await search(place, { query: 'any 3', mode: 'vector', group_by: 'document', limit: 2 });
    expect(titlesOf(grouped)).toEqual(['Long', 'Short']);
    expect(grouped.data.find((hit) => hit.document.title === 'Long')!.more_passages).toBe(3);
  });

  it('always gives as many as were asked for, as long as there are as many', async () => {
    const place = await ground.newCollection(home);
    const ids = await ground.publish(
      place,
      Array.from({ length: 60 }, (_, i) => doc(`D${i}`, `rare 1`)),
    );
    await ground.remove(place, ids.slice(0, 40));
    for (const mode of ['vector', 'hybrid', 'text'] as const) {
      const answer = await search(place, { query: 'rare 1', mode, limit: 20 });
      expect(answer.data).toHaveLength(20);
      expect(answer.searched.passages).toBe(20);
    }
  });

  it('says why it found nothing', async () => {
    const place = await ground.newCollection(home);
    const reasonOf = async (ask: Ask) => (await search(place, ask)).reason?.code;
    expect(await reasonOf({ query: 'x' })).toBe('no_documents');
    await ground.publish(place, [doc('A', 'alpha 1')]);
    expect(await reasonOf({ query: 'beta', mode: 'text' })).toBe('no_words_match');
    expect(await reasonOf({ query: 'alpha', filter: { field: 'title', equals: 'B' } })).toBe(
      'filter_excludes_all',
    );
    expect(await reasonOf({ query: 'alpha 2', mode: 'vector', min_score: 0.9 })).toBe('below_min_score');
    expect(await reasonOf({ query: 'alpha' })).toBeUndefined();
  });
});

describe('what is found', () => {
  it('is the old version or the new one while a document is replaced and segments are merged, never both, never neither', async () => {
    const place = await ground.newCollection(home);
    const [id] = await ground.publish(place, [doc('Changing', 'wanted version 1')]);
    let published = 1;
    let over = false;
    const seen = new Set<string>();
    const watch = async () => {
      while (!over) {
        const atLeast = published;
        const texts = textsOf(await search(place, { query: 'wanted', mode: 'text' }));
        expect(texts).toHaveLength(1);
        const version = Number(texts[0]!.split(' ')[2]);
        expect(version).toBeGreaterThanOrEqual(atLeast);
        seen.add(texts[0]!);
      }
    };
    const watching = [watch(), watch()];
    for (let version = 2; version <= 25; version++) {
      const changed = { ...doc('Changing', `wanted version ${version}`), id: id!, version };
      await ground.publish(place, [changed, doc(`Other ${version}`, 'something else 2')]);
      published = version;
    }
    over = true;
    await Promise.all(watching);
    expect(seen.size).toBeGreaterThan(1);
  });

  it('is what the filter allows, and as many as there are', async () => {
    const place = await ground.newCollection(home);
    const facts = [
      { year: 1999, tags: ['a', 'b'], author: 'Ann' },
      { year: 2010, tags: ['b'], author: 'Bob' },
      { year: 2020, author: null },
    ];
    await ground.publish(
      place,
      facts.map((metadata, i) => ({ ...doc(`T${i}`, `text ${i}`), metadata })),
    );
    const found = async (filter: Ask['filter']) =>
      titlesOf(await search(place, { query: 'text 0', mode: 'vector', filter }));
    expect(await found({ field: 'metadata.author', equals: 'Ann' })).toEqual(['T0']);
    expect(await found({ field: 'metadata.tags', in: ['a', 'z'] })).toEqual(['T0']);
    expect(await found({ field: 'metadata.tags', equals: 'b' })).toEqual(['T0', 'T1']);
    expect(await found({ field: 'metadata.year', gt: 1999, lte: 2020 })).toEqual(['T1', 'T2']);
    expect(await found({ field: 'metadata.author', exists: false })).toEqual(['T2']);
    expect(await found({ not: { field: 'metadata.tags', equals: 'b' } })).toEqual(['T2']);
    expect(
      await found({
        or: [
          { field: 'title', equals: 'T1' },
          { field: 'metadata.year', lt: 2000 },
        ],
      }),
    ).toEqual(['T0', 'T1']);
    expect(
      await found({
        and: [
          { field: 'title', in: ['T1', 'T2'] },
          { field: 'created_at', gt: '2000' },
        ],
      }),
    ).toEqual(['T1', 'T2']);
    expect(await found({ field: 'metadata.year', gt: 'text' })).toEqual([]);
    expect(await found({ field: "metadata.x' or true --", exists: true })).toEqual([]);
  });
});

describe('nobody finds', () => {
  it('what is in a collection of a group they are not in, and their scores do not tell that it is there', async () => {
    const workspaceId = await home.addWorkspace();
    const open = await ground.newCollection(home, workspaceId);
    const closed = await ground.newCollection(home, workspaceId);
    await home.rows(
      `update collections set access = 'groups' where organization_id = $1 and id = $2`,
      closed.collectionId,
    );
    await ground.publish(open, [doc('Open', 'canary song 1'), doc('Else', 'something 2')]);
    const visitor = await home.add('guest', { [workspaceId]: 'user' });
    const ask = { workspace_id: workspaceId, query: 'canary song 1' };
    const before = await ground.search(await visitor.actor(), ask);
    expect(titlesOf(before)).toEqual(['Else', 'Open']);
    await ground.publish(
      closed,
      Array.from({ length: 5 }, () => doc('Closed', 'canary canary 1')),
    );
    const after = await ground.search(await visitor.actor(), ask);
    expect(after).toEqual(before);
    expect(titlesOf(await ground.search(await boss.actor(), ask))).toContain('Closed');
    const named = ground.search(await visitor.actor(), { ...ask, collection_ids: [closed.collectionId] });
    expect(await outcomeOf(named)).toBe('collection_not_found');
  });

  it('anything of another organization, by any id', async () => {
    const place = await ground.newCollection(home);
    const [documentId] = await ground.publish(place, [doc('Secret', 'canary 1')]);
    const away = await ground.newOrganization();
    const eve = await (await away.add('admin')).actor();
    const own = { workspace_id: away.workspaceId, query: 'canary 1' };
    expect((await ground.search(eve, { ...own, document_ids: [documentId!] })).data).toEqual([]);
    expect(await outcomeOf(ground.search(eve, { ...own, collection_ids: [place.collectionId] }))).toBe(
      'collection_not_found',
    );
    expect(await outcomeOf(ground.search(eve, { ...own, workspace_id: place.workspaceId }))).toBe(
      'workspace_not_found',
    );
    expect(await outcomeOf(ground.search(eve, { ...own, workspace_id: newId() }))).toBe(
      'workspace_not_found',
    );
  });
});

describe('a follow-up question', () => {
  const history = (...said: string[]) =>
    said.map((content, i) => ({ role: i % 2 === 0 ? ('user' as const) : ('assistant' as const), content }));

  it('is completed with what was spoken of before', () => {
    const talk = history('How does the Halcyon turbine handle icing?', 'It heats its blades.');
    expect(completeQuestion('And what does it cost?', talk)).toContain('Halcyon');
    expect(completeQuestion('Und was kostet das?', talk)).toContain('turbine');
  });

  it('stays as it is when it stands by itself', () => {
    const question = 'Which insurance covers damage by hail on greenhouse roofs?';
    expect(completeQuestion(question, history('How does the Halcyon turbine handle icing?'))).toBe(question);
  });
});

describe('a search by graph', () => {
  it('joins passages of the walk with those that words and meaning find, and names the facts', async () => {
    const place = await ground.newCollection(home);
    await ground.publish(place, [doc('A', 'Halcyon is a turbine 1'), doc('B', 'Nothing of it 2')]);
    const answer = await search(place, { query: 'Halcyon turbine 1', mode: 'graph', explain: true });
    expect(answer.mode).toBe('graph');
    expect(answer.data[0]).toMatchObject({ text: 'Halcyon is a turbine 1' });
    expect(answer.facts).toEqual([]);
  });
});
