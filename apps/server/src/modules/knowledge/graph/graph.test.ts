// The graph says what documents say, to those who may see them, and for as long as they say it.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addDocument, type NewDocument } from '../../../../test/add-document.ts';
import { within } from '../../../../test/open-identity-ground.ts';
import {
  openPeopleGround,
  outcomeOf,
  type PeopleGround,
  type TestOrganization,
} from '../../../../test/open-people-ground.ts';
import type { Actor } from '../../../platform/actor.ts';
import { createCollection } from '../collections/create-collection.ts';
import { requireCollection } from '../collections/require-collection.ts';
import { READ_GRAPH } from '../graph-reading/register-graph-work.ts';
import { type ReadPassage, writeReadings } from '../graph-reading/write-readings.ts';
import { searchGraph } from '../graph-search/search-graph.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { changeEntity, mergeEntities, removeEntity } from './change-entity.ts';
import { getNeighbourhood } from './get-neighbourhood.ts';
import { listDuplicates } from './list-duplicates.ts';
import { exportGraph, getEntity, listEntities } from './list-entities.ts';

let ground: PeopleGround;
let deps: KnowledgeDeps;
let home: TestOrganization;
let boss: Actor;
let workspace_id: string;
let collectionId: string;

beforeAll(async () => {
  ground = await openPeopleGround();
  deps = ground.app.knowledge.deps;
});
beforeEach(async () => {
  home = await ground.newOrganization();
  workspace_id = home.workspaceId;
  boss = await (await home.add('admin')).actor();
  const at = { workspaceId: workspace_id, collectionId: undefined };
  collectionId = (await deps.db.as(boss, (tx) => requireCollection(tx, boss, at))).id;
});
afterAll(() => ground?.close());

const place = () => ({ organizationId: home.id, workspaceId: workspace_id, collectionId });
const add = (passages: NewDocument['passages'], more: Partial<NewDocument> = {}) =>
  addDocument(ground.app, { ...place(), passages, ...more });
const isRead = () =>
  within(20_000, async () => {
    const [row] = await home.rows<{ n: number }>(
      `select count(*)::int as n from documents d where organization_id = $1 and not exists (select from graph_documents g
       where g.organization_id = d.organization_id and g.document_id = d.id and g.version = d.version
         and g.collection_id = d.collection_id)`,
    );
    return row!.n === 0;
  });
const names = async (search?: string, actor = boss) =>
  (await listEntities(deps, actor, { workspace_id, limit: 100, search })).data.map(({ name }) => name).sort();
const find = async (search: string) =>
  (await listEntities(deps, boss, { workspace_id, limit: 10, search })).data[0]!;

type Said = [subject: string, predicate: string, object: string, from?: string | null, exclusive?: boolean];
/** Writes facts as a model would have read them in the passage of a document of that date. */
async function say(facts: Said[], date = '2020-01-01T00:00:00.000Z') {
  const text = facts.map((one) => one.slice(0, 3).join(' ')).join('. ');
  const { id, chunkIds } = await add([text], { date });
  await isRead();
  const people = [...new Set(facts.flatMap(([subject, , object]) => [subject, object]))];
  const read: ReadPassage = {
    passage: { chunk_id: chunkIds[0]!, document_id: id, version: 1, asserted_at: date },
    reading: {
      entities: people.map((name) => ({
        name,
        type: 'thing',
        aliases: [],
        description: `${name} is a thing.`,
      })),
      facts: facts.map(([subject, predicate, object, valid_from = null, is_exclusive = false]) => ({
        ...{ subject, predicate, object, valid_from, is_exclusive },
        ...{ statement: `${subject} ${predicate} ${object}.`, valid_to: null, confidence: 0.9 },
      })),
    },
  };
  await deps.db.as(boss, async (tx) => {
    await writeReadings(tx, { ...place(), method: 'model' }, [read]);
    await deps.queue.tell(tx, boss.organization_id, READ_GRAPH);
  });
  return { id, chunkIds };
}
const factsOf = async (name: string) =>
  (await getEntity(deps, boss, { workspace_id, entity_id: (await find(name)).id })).facts
    .filter(({ method }) => method === 'model')
    .map(({ subject, predicate, object, valid_to }) => [subject, predicate, object, valid_to]);

describe('without a model', () => {
  it('names, acronyms and identifiers are found in documents, with the passages and what stands beside them', async () => {
    await add([
      'The World Health Organization (WHO) met in Geneva. Code ERR_4711 was raised by Ann Smith.',
      { text: 'A report of the WHO went to Ann Smith.', headings: ['Annual Report'] },
    ]);
    await isRead();
    expect(await names()).toEqual([
      'Ann Smith',
      'Annual Report',
      'ERR_4711',
      'Geneva',
      'World Health Organization',
    ]);
    expect(await names('who')).toEqual(['World Health Organization']);
    const ann = await getEntity(deps, boss, { workspace_id, entity_id: (await find('ann smith')).id });
    expect(ann).toMatchObject({ method: 'local', mention_count: 2 });
    expect(ann.passages).toHaveLength(2);
    expect(ann.facts[0]).toMatchObject({
      predicate: 'mentioned with',
      object: 'World Health Organization',
      method: 'local',
    });
    const around = await getNeighbourhood(deps, boss, {
      workspace_id,
      query: 'Who is Ann Smith?',
      hops: 1,
      limit: 50,
    });
    expect(around.nodes.length).toBe(5);
    expect(around.is_complete).toBe(true);
  });

  it('a search follows names that the question does not say', async () => {
    await add(['Project Halcyon is led by Mira Novak.'], { title: 'Projects' });
    await add(['Mira Novak works in the Lisbon office.'], { title: 'People' });
    await add(['The canteen opens at noon.'], { title: 'Other' });
    await isRead();
    const wish = { workspace_id, query: 'Where does the leader of Project Halcyon work?', limit: 10 };
    const found = await searchGraph(deps, boss, wish);
    expect(found.entities.map(({ name }) => name)).toEqual(['Project Halcyon']);
    expect(found.data.map(({ title }) => title)).toEqual(['Projects', 'People']);
  });
});

describe('facts', () => {
  it('a later one ends an earlier one that it contradicts, in whatever order the documents came', async () => {
    await say([['Acme', 'has chief executive', 'Bob', '2021-01-01T00:00:00Z', true]]);
    await say([['Acme', 'has chief executive', 'Cleo', '2023-01-01T00:00:00Z', true]]);
    const first = await say([['Acme', 'has chief executive', 'Ann', '2019-01-01T00:00:00Z', true]]);
    const ends = async () => (await factsOf('acme')).map(([, , object, to]) => [object, to]).sort();
    expect(await ends()).toEqual([
      ['Ann', '2021-01-01T00:00:00.000Z'],
      ['Bob', '2023-01-01T00:00:00.000Z'],
      ['Cleo', null],
    ]);
    const then = { workspace_id, query: 'Acme', at: '2022-06-01T00:00:00Z', limit: 5 };
    expect((await searchGraph(deps, boss, then)).facts.map(({ object }) => object)).toEqual(['Bob']);
    const now = { workspace_id, query: 'Acme', limit: 5 };
    expect((await searchGraph(deps, boss, now)).facts.map(({ object }) => object)).toEqual(['Cleo']);
    await home.rows(
      'delete from documents where organization_id = $1 and id <> $2 and title is not null and id in (select document_id from graph_provenance p join graph_relations r on r.organization_id = p.organization_id and r.id = p.relation_id join graph_entities e on e.organization_id = r.organization_id and e.id = r.object_id where p.organization_id = $1 and e.name = $3)',
      first.id,
      'Bob',
    );
    expect(await ends()).toEqual([
      ['Ann', '2023-01-01T00:00:00.000Z'],
      ['Cleo', null],
    ]);
  });

  it('without a date of their own they end by the dates of their documents', async () => {
    await say([['Plan', 'costs', '10 euros', null, true]], '2024-05-01T00:00:00.000Z');
    await say([['Plan', 'costs', '8 euros', null, true]], '2022-05-01T00:00:00.000Z');
    expect((await factsOf('plan')).map(([, , object, to]) => [object, to]).sort()).toEqual([
      ['10 euros', null],
      ['8 euros', '2024-05-01T00:00:00.000Z'],
    ]);
  });

  it('go with the last document that says so, and not before', async () => {
    const one = await say([['Rhine', 'flows through', 'Basel']]);
    const two = await say([
      ['Rhine', 'flows through', 'Basel'],
      ['Rhine', 'flows through', 'Bonn'],
    ]);
    const remove = (id: string) =>
      home.rows('delete from documents where organization_id = $1 and id = $2', id);
    await remove(one.id);
    expect(await factsOf('rhine')).toHaveLength(2);
    await remove(two.id);
    expect(await names()).toEqual([]);
    expect(await home.rows('select 1 from graph_relations where organization_id = $1')).toEqual([]);
    expect(await home.rows('select 1 from graph_entities where organization_id = $1')).toEqual([]);
  });

  it('of a version that was replaced are gone at once, and those of the next one come', async () => {
    const { id } = await say([['Rhine', 'flows through', 'Basel']]);
    expect(await names('basel')).toEqual(['Basel']);
    await home.rows('update documents set version = null where organization_id = $1 and id = $2', id);
    expect(await names()).toEqual([]);
    expect((await searchGraph(deps, boss, { workspace_id, query: 'Rhine', limit: 5 })).data).toEqual([]);
    await home.rows('update documents set version = 1 where organization_id = $1 and id = $2', id);
    await add(['Now about Loch Ness and Ben Nevis only.'], { documentId: id });
    await isRead();
    expect(await names()).toEqual(['Ben Nevis', 'Loch Ness']);
  });
});

describe('people', () => {
  it('see what was read in the collections that they see, and nothing of others', async () => {
    const secret = await createCollection(deps, boss, { workspace_id, name: 'Secret', description: '' });
    await add(['Project Halcyon is led by Mira Novak.']);
    await add(['Project Halcyon will be sold to Wolf Holdings.'], { collectionId: secret.id });
    await isRead();
    await home.rows(
      "update collections set access = 'groups' where organization_id = $1 and id = $2",
      secret.id,
    );
    const user = await (await home.add('user')).actor();
    expect(await names('wolf holdings')).toEqual(['Wolf Holdings']);
    expect(await names('wolf holdings', user)).toEqual([]);
    const wolf = await find('wolf holdings');
    expect(await outcomeOf(getEntity(deps, user, { workspace_id, entity_id: wolf.id }))).toBe(
      'entity_not_found',
    );
    const halcyon = (await listEntities(deps, user, { workspace_id, limit: 10, search: 'project halcyon' }))
      .data;
    expect(halcyon).toHaveLength(1);
    expect(halcyon[0]).toMatchObject({ collection_id: collectionId, mention_count: 1 });
    const found = await searchGraph(deps, user, { workspace_id, query: 'Project Halcyon', limit: 10 });
    expect(JSON.stringify(found)).not.toContain('Wolf');
    const stranger = await (await (await ground.newOrganization()).add('admin')).actor();
    expect(await outcomeOf(listEntities(deps, stranger, { workspace_id, limit: 10 }))).toBe(
      'workspace_not_found',
    );
  });

  it('rename an entity; its old name stays an alias, also for documents to come', async () => {
    await add(['Acme Corp sells anvils in Ohio.']);
    await isRead();
    const { id } = await find('acme corp');
    const given = { workspace_id, entity_id: id };
    await changeEntity(deps, boss, { ...given, name: 'Acme Corporation', description: 'A maker of anvils.' });
    await add(['Then Acme Corp moved to Texas.']);
    await isRead();
    expect(await find('acme')).toMatchObject({
      id,
      name: 'Acme Corporation',
      aliases: ['Acme Corp'],
      mention_count: 2,
    });
    const ohio = await find('ohio');
    expect(
      await outcomeOf(changeEntity(deps, boss, { workspace_id, entity_id: ohio.id, name: 'ACME Corp.' })),
    ).toBe('entity_name_taken');
    expect(await home.events('graph_entity.changed')).toHaveLength(1);
  });

  it('merge two entities: names, passages and facts of both are one, and stay so', async () => {
    await say([
      ['IBM', 'sits in', 'Armonk'],
      ['IBM', 'makes', 'Watson'],
    ]);
    await say([
      ['Big Blue', 'sits in', 'Armonk'],
      ['Big Blue', 'bought', 'Red Hat'],
    ]);
    const [into, other] = [await find('ibm'), await find('big blue')];
    const merged = await mergeEntities(deps, boss, {
      workspace_id,
      entity_id: into.id,
      other_entity_id: other.id,
    });
    expect(merged).toMatchObject({ name: 'IBM', aliases: ['Big Blue'], mention_count: 2 });
    expect((await factsOf('ibm')).map(([, predicate, object]) => `${predicate} ${object}`).sort()).toEqual([
      'bought Red Hat',
      'makes Watson',
      'sits in Armonk',
    ]);
    await say([['Big Blue', 'sells', 'Mainframes']]);
    expect(await factsOf('ibm')).toHaveLength(4);
    expect(
      await outcomeOf(
        mergeEntities(deps, boss, { workspace_id, entity_id: into.id, other_entity_id: into.id }),
      ),
    ).toBe('entities_apart');
    expect(await home.events('graph_entity.merged')).toHaveLength(1);
  });

  it('are shown what may be the same, delete what is nothing, and take all of it with them', async () => {
    await say([
      ['Acme Corporation', 'owns', 'Roadrunner Ltd'],
      ['Acme', 'owns', 'Coyote'],
    ]);
    const acme = await find('acme');
    await within(20_000, async () => {
      const rows = await home.rows(
        'select 1 from graph_entities where organization_id = $1 and embedding is null',
      );
      return rows.length === 0;
    });
    const similar = await listDuplicates(deps, boss, { workspace_id, entity_id: acme.id });
    expect(similar.data[0]!.name).toMatch(/^Acme/);
    const exported = await exportGraph(deps, boss, { workspace_id, limit: 100 });
    expect(exported.data.flatMap(({ facts }) => facts.map(({ object }) => object)).sort()).toEqual([
      'Coyote',
      'Roadrunner Ltd',
    ]);
    await removeEntity(deps, boss, { workspace_id, entity_id: (await find('coyote')).id });
    expect(await names('coyote')).toEqual([]);
    expect(await home.events('graph_entity.removed')).toHaveLength(1);
  });
});
