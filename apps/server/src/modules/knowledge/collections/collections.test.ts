import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openPeopleGround,
  outcomeOf,
  type PeopleGround,
  type TestMember,
  type TestOrganization,
} from '../../../../test/open-people-ground.ts';
import type { Actor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { changeCollection } from './change-collection.ts';
import { createCollection } from './create-collection.ts';
import { getCollection, listCollections } from './list-collections.ts';
import { listVisibleCollections } from './list-visible-collections.ts';
import { removeCollection } from './remove-collection.ts';
import { requireCollection } from './require-collection.ts';

let ground: PeopleGround;
let deps: KnowledgeDeps;
let home: TestOrganization;
let boss: TestMember;
let workspace_id: string;
beforeAll(async () => {
  ground = await openPeopleGround();
  deps = ground.app.knowledge.deps;
  home = await ground.newOrganization();
  workspace_id = home.workspaceId;
  boss = await home.add('admin');
});
afterAll(() => ground?.close());

const namesOf = async (actor: Actor, workspace = workspace_id) =>
  (await listCollections(deps, actor, { workspace_id: workspace, limit: 100 })).data.map(({ name }) => name);
const create = async (name: string, given: { slug?: string; workspace_id?: string } = {}) =>
  createCollection(deps, await boss.actor(), { workspace_id, name, description: '', ...given });

/** A document of some passages, as rows only. */
async function addDocument(
  collectionId: string,
  at: { status: string; version: number | null; passages: number },
) {
  const id = newId();
  await home.rows(
    `insert into documents (organization_id, id, workspace_id, collection_id, title, source, source_kind, version, latest_version)
     values ($1, $2, $3, $4, 't', 's', 'text', $5, 1)`,
    ...[id, workspace_id, collectionId, at.version],
  );
  await home.rows(
    `insert into document_versions (organization_id, document_id, version, workspace_id, collection_id, file_name, bytes, content_hash, status, chunk_count)
     values ($1, $2, 1, $3, $4, 'f', 1, '\\x00', $5, $6)`,
    ...[id, workspace_id, collectionId, at.status, at.passages],
  );
}

describe('collections', () => {
  it('every workspace has a default one: a new one at once, an older one from its first use on', async () => {
    const actor = await boss.actor();
    const place = await ground.newOrganization();
    const admin = await (await place.add('admin')).actor();
    expect(await namesOf(admin, place.workspaceId)).toEqual(['Documents']);
    const older = await home.addWorkspace();
    expect(await namesOf(actor, older)).toEqual([]);
    const wanted = { workspaceId: older, collectionId: undefined };
    const all = await Promise.all(
      Array.from({ length: 5 }, () => deps.db.as(actor, (tx) => requireCollection(tx, actor, wanted))),
    );
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(all[0]).toMatchObject({ is_default: true, slug: 'default', shared_from: null });
    expect(await namesOf(actor, older)).toEqual(['Documents']);
  });

  it('are made under a slug that is free in their workspace, changed, and announced once each', async () => {
    const actor = await boss.actor();
    const made = await create('Hand books');
    expect(made).toMatchObject({ slug: 'hand-books', access: 'everyone', is_default: false, workspace_id });
    expect(await outcomeOf(create('Other', { slug: 'hand-books' }))).toBe('collection_slug_taken');
    expect(await outcomeOf(create('Other', { slug: 'default' }))).toBe('collection_slug_taken');
    const elsewhere = await home.addWorkspace();
    expect((await create('Hand books', { workspace_id: elsewhere })).slug).toBe('hand-books');
    const given = { workspace_id, collection_id: made.id };
    expect(await changeCollection(deps, actor, { ...given, name: 'Handbooks' })).toMatchObject({
      name: 'Handbooks',
    });
    expect(await outcomeOf(getCollection(deps, actor, { ...given, workspace_id: elsewhere }))).toBe(
      'collection_not_found',
    );
    expect(await home.events('collection.changed')).toMatchObject([
      { subject_id: made.id, details: { fields: ['name'] } },
    ]);
    expect(await home.events('collection.created')).toHaveLength(2);
  });

  it('are listed page by page, newest first', async () => {
    const place = await ground.newOrganization();
    const actor = await (await place.add('admin')).actor();
    const at = { workspace_id: place.workspaceId };
    for (const name of ['a', 'b', 'c', 'd'])
      await createCollection(deps, actor, { ...at, name, description: '' });
    const first = await listCollections(deps, actor, { ...at, limit: 3 });
    expect(first.data.map(({ name }) => name)).toEqual(['d', 'c', 'b']);
    const second = await listCollections(deps, actor, { ...at, limit: 3, cursor: first.next_cursor! });
    expect(second).toMatchObject({ data: [{ name: 'a' }, { name: 'Documents' }], next_cursor: null });
  });

  it('say how much is in them, and are removed only by who has seen what is lost', async () => {
    const actor = await boss.actor();
    const { id, slug } = await create('Full');
    await addDocument(id, { status: 'ready', version: 1, passages: 3 });
    await addDocument(id, { status: 'ready', version: 1, passages: 4 });
    await addDocument(id, { status: 'failed', version: null, passages: 0 });
    const given = { workspace_id, collection_id: id };
    expect(await getCollection(deps, actor, given)).toMatchObject({
      documents: { total: 3, searchable: 2, by_status: { ready: 2, failed: 1 } },
      passages: 7,
    });
    await expect(removeCollection(deps, actor, given)).rejects.toMatchObject({
      code: 'collection_not_empty',
      facts: { documents: 3, passages: 7 },
    });
    expect(await outcomeOf(removeCollection(deps, actor, { ...given, confirm: 'other' }))).toBe(
      'collection_not_empty',
    );
    await home.rows(
      'update workspaces set document_count = 5 where organization_id = $1 and id = $2',
      workspace_id,
    );
    expect(await removeCollection(deps, actor, { ...given, confirm: slug })).toMatchObject({ documents: 3 });
    expect(await outcomeOf(getCollection(deps, actor, given))).toBe('collection_not_found');
    expect(
      await home.rows('select 1 from documents where organization_id = $1 and collection_id = $2', id),
    ).toEqual([]);
    const [row] = await home.rows<{ document_count: number }>(
      'select document_count from workspaces where organization_id = $1 and id = $2',
      workspace_id,
    );
    expect(row!.document_count).toBe(2);
    expect(await home.events('collection.removed')).toMatchObject([
      { details: { documents: 3, passages: 7 } },
    ]);
  });

  it('the default one stays', async () => {
    const actor = await boss.actor();
    const wanted = { workspaceId: workspace_id, collectionId: undefined };
    const { id } = await deps.db.as(actor, (tx) => requireCollection(tx, actor, wanted));
    expect(await outcomeOf(removeCollection(deps, actor, { workspace_id, collection_id: id }))).toBe(
      'default_collection_protected',
    );
  });

  it('another organization, and a member of another workspace, hear of none', async () => {
    const { id } = await create('Walled');
    const stranger = await (await (await ground.newOrganization()).add('admin')).actor();
    const guest = await (await home.add('guest', { [await home.addWorkspace()]: 'workspace_admin' })).actor();
    for (const actor of [stranger, guest]) {
      const see = deps.db.as(actor, (tx) => listVisibleCollections(tx, actor, workspace_id));
      expect(await see).toEqual([]);
      expect(await outcomeOf(listCollections(deps, actor, { workspace_id, limit: 20 }))).toBe(
        'workspace_not_found',
      );
      const given = { workspace_id, collection_id: id };
      for (const work of [getCollection, changeCollection, removeCollection] as const)
        expect(await outcomeOf(work(deps, actor, given))).toBe('collection_not_found');
      const make = createCollection(deps, actor, { workspace_id, name: 'x', description: '' });
      expect(await outcomeOf(make)).toBe('workspace_not_found');
      const wanted = { workspaceId: workspace_id, collectionId: undefined };
      expect(await outcomeOf(deps.db.as(actor, (tx) => requireCollection(tx, actor, wanted)))).toBe(
        'workspace_not_found',
      );
    }
  });
});
