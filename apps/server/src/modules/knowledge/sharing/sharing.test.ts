import { CompiledQuery } from 'kysely';
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
import { changeCollection } from '../collections/change-collection.ts';
import { createCollection } from '../collections/create-collection.ts';
import { getCollection } from '../collections/list-collections.ts';
import { listVisibleCollections } from '../collections/list-visible-collections.ts';
import { removeCollection } from '../collections/remove-collection.ts';
import { requireCollection } from '../collections/require-collection.ts';
import { replaceAccess } from '../groups/replace-access.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { listShares, shareCollection, unshareCollection } from './share-collection.ts';

let ground: PeopleGround;
let deps: KnowledgeDeps;
let home: TestOrganization;
let boss: TestMember;
let giver: string;
let taker: string;
let other: string;
beforeAll(async () => {
  ground = await openPeopleGround();
  deps = ground.app.knowledge.deps;
  home = await ground.newOrganization();
  giver = home.workspaceId;
  taker = await home.addWorkspace();
  other = await home.addWorkspace();
  boss = await home.add('admin');
});
afterAll(() => ground?.close());

/** A collection of the giver with a document of one passage, as rows. */
async function makeCollection(name: string) {
  const actor = await boss.actor();
  const { id } = await createCollection(deps, actor, { workspace_id: giver, name, description: '' });
  const [document, chunk] = [newId(), newId()];
  await home.rows(
    `insert into documents (organization_id, id, workspace_id, collection_id, title, source, source_kind, version, latest_version)
     values ($1, $2, $3, $4, $5, 's', 'text', 1, 1)`,
    ...[document, giver, id, name],
  );
  await home.rows(
    `insert into document_versions (organization_id, document_id, version, workspace_id, collection_id, file_name, bytes, content_hash, status, chunk_count)
     values ($1, $2, 1, $3, $4, 'f', 1, '\\x00', 'ready', 1)`,
    ...[document, giver, id],
  );
  await home.rows(
    `insert into chunks (organization_id, id, workspace_id, collection_id, document_id, version, seq, kind, text, start_offset, end_offset, tokens)
     values ($1, $2, $3, $4, $5, 1, 0, 'text', $6, 0, 1, 1)`,
    ...[chunk, giver, id, document, name],
  );
  return { workspace_id: giver, collection_id: id, document, chunk };
}
const share = async (made: { collection_id: string }, to = taker) =>
  shareCollection(deps, await boss.actor(), {
    workspace_id: giver,
    collection_id: made.collection_id,
    to_workspace_id: to,
  });
const unshare = async (made: { collection_id: string }) =>
  unshareCollection(deps, await boss.actor(), {
    workspace_id: giver,
    collection_id: made.collection_id,
    to_workspace_id: taker,
  });
const editorOf = async (workspace: string, role = 'editor') =>
  (await home.add('guest', { [workspace]: role })).actor();

/** What SQL without a condition on the workspace answers in the sight of an actor. */
const sqlAs = (actor: Pick<Actor, 'organization_id' | 'workspaces'>, text: string, ...values: unknown[]) =>
  deps.db.as(actor, async (tx) => (await tx.executeQuery(CompiledQuery.raw(text, values))).rows);
const keys = { collections: 'id', documents: 'id', document_versions: 'document_id', chunks: 'id' };
const sightOf = async (actor: Actor, made: Awaited<ReturnType<typeof makeCollection>>) => {
  const ids = { collections: made.collection_id, documents: made.document, document_versions: made.document };
  const seen: string[] = [];
  for (const [table, key] of Object.entries(keys)) {
    const id = { ...ids, chunks: made.chunk }[table];
    if ((await sqlAs(actor, `select 1 from ${table} where ${key} = $1`, id)).length > 0) seen.push(table);
  }
  return seen;
};

describe('a shared collection', () => {
  it('is read from the other workspace, by everyone there, and from no third one', async () => {
    const made = await makeCollection('Shared');
    await share(made);
    const viewer = await editorOf(taker, 'viewer');
    const stranger = await editorOf(other);
    const visible = await deps.db.as(viewer, (tx) => listVisibleCollections(tx, viewer, taker));
    expect(visible).toMatchObject([{ id: made.collection_id, workspace_id: giver, shared_from: giver }]);
    expect(await sightOf(viewer, made)).toEqual(Object.keys(keys));
    expect(await sightOf(stranger, made)).toEqual([]);
    expect(await deps.db.as(stranger, (tx) => listVisibleCollections(tx, stranger, other))).toEqual([]);
    const at = { workspace_id: taker, collection_id: made.collection_id };
    expect(await getCollection(deps, viewer, at)).toMatchObject({ shared_from: giver, passages: 1 });
    expect(await outcomeOf(getCollection(deps, await boss.actor(), { ...at, workspace_id: other }))).toBe(
      'collection_not_found',
    );
  });

  it('shows nothing else of the workspace that gives it', async () => {
    const [made, hidden] = [await makeCollection('Given'), await makeCollection('Kept')];
    await share(made);
    const viewer = await editorOf(taker, 'workspace_admin');
    expect(await sightOf(viewer, made)).toHaveLength(4);
    expect(await sightOf(viewer, hidden)).toEqual([]);
    const foreign = await sqlAs(viewer, 'select id from collections where workspace_id = $1', giver);
    expect(foreign.map((row) => (row as { id: string }).id)).not.toContain(hidden.collection_id);
    for (const table of ['workspaces', 'access_groups', 'agents', 'api_keys']) {
      const column = table === 'workspaces' ? 'id' : 'workspace_id';
      expect(await sqlAs(viewer, `select 1 from ${table} where ${column} = $1`, giver)).toEqual([]);
    }
  });

  it('cannot be changed, filled or passed on from there: the database itself refuses', async () => {
    const made = await makeCollection('Read only');
    await share(made);
    const editor = await editorOf(taker, 'workspace_admin');
    const at = { workspace_id: taker, collection_id: made.collection_id };
    expect(await outcomeOf(changeCollection(deps, editor, { ...at, name: 'Mine' }))).toBe(
      'collection_read_only',
    );
    expect(await outcomeOf(removeCollection(deps, editor, { ...at, confirm: 'read-only' }))).toBe(
      'collection_read_only',
    );
    const forWriting = { workspaceId: taker, collectionId: made.collection_id, forWriting: true };
    expect(await outcomeOf(deps.db.as(editor, (tx) => requireCollection(tx, editor, forWriting)))).toBe(
      'collection_read_only',
    );
    expect(await outcomeOf(shareCollection(deps, editor, { ...at, to_workspace_id: other }))).toBe(
      'collection_read_only',
    );
    for (const table of Object.keys(keys)) {
      expect(await sqlAs(editor, `update ${table} set workspace_id = $1 returning 1`, taker)).toEqual([]);
      expect(await sqlAs(editor, `delete from ${table} where workspace_id = $1 returning 1`, giver)).toEqual(
        [],
      );
      const copy = `insert into ${table} select (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(), 'version', 9))).*
        from ${table} t where t.workspace_id = $1`;
      expect(await outcomeOf(sqlAs(editor, copy, giver))).toBe('42501');
    }
    // Planting a document into a foreign collection under one's own workspace, and sharing what is not one's own.
    const plant = `insert into documents (organization_id, id, workspace_id, collection_id, title, source, source_kind, latest_version)
      values ($1, $2, $3, $4, 't', 's', 'text', 1)`;
    expect(await outcomeOf(sqlAs(editor, plant, home.id, newId(), taker, made.collection_id))).toBe('23503');
    const steal = `insert into collection_shares (organization_id, collection_id, workspace_id, to_workspace_id, granted_by_name)
      values ($1, $2, $3, $4, 'thief')`;
    const hidden = await makeCollection('Not to be taken');
    expect(await outcomeOf(sqlAs(editor, steal, home.id, hidden.collection_id, giver, taker))).toBe('42501');
    const third = await editorOf(other, 'workspace_admin');
    const both = { ...third, workspaces: [other, taker] };
    expect(await outcomeOf(sqlAs(both, steal, home.id, hidden.collection_id, taker, other))).toBe('23503');
    expect(await sightOf(await boss.actor(), made)).toHaveLength(4);
  });

  it('is out of sight with the next transaction once it is revoked', async () => {
    const made = await makeCollection('Revoked');
    await share(made);
    const viewer = await editorOf(taker, 'viewer');
    expect(await sightOf(viewer, made)).toHaveLength(4);
    await unshare(made);
    expect(await sightOf(viewer, made)).toEqual([]);
    expect(await outcomeOf(unshare(made))).toBe('share_not_found');
  });

  it('that only groups see at home is seen by everyone of the other workspace', async () => {
    const made = await makeCollection('Restricted');
    const actor = await boss.actor();
    await replaceAccess(deps, actor, { ...made, access: 'groups', group_ids: [] });
    await share(made);
    const [there, here] = [await editorOf(taker, 'viewer'), await editorOf(giver)];
    const see = (one: Actor, workspace: string) =>
      deps.db.as(one, async (tx) => (await listVisibleCollections(tx, one, workspace)).map(({ id }) => id));
    expect(await see(there, taker)).toContain(made.collection_id);
    expect(await see(here, giver)).not.toContain(made.collection_id);
    const shown = await getCollection(deps, there, {
      workspace_id: taker,
      collection_id: made.collection_id,
    });
    expect(shown.access).toBe('everyone');
  });

  it('is shared by who sees both workspaces, once, and never with its own', async () => {
    const made = await makeCollection('Twice');
    const [narrow, actor] = [await editorOf(giver, 'workspace_admin'), await boss.actor()];
    const at = { workspace_id: giver, collection_id: made.collection_id };
    for (const to of [taker, newId()])
      expect(await outcomeOf(shareCollection(deps, narrow, { ...at, to_workspace_id: to }))).toBe(
        'workspace_not_found',
      );
    expect(await outcomeOf(shareCollection(deps, actor, { ...at, to_workspace_id: giver }))).toBe(
      'share_with_itself',
    );
    await share(made);
    expect(await outcomeOf(share(made))).toBe('share_exists');
    await share(made, other);
    const page = await listShares(deps, actor, { ...at, limit: 10 });
    expect(page.data.map(({ id }) => id).toSorted()).toEqual([taker, other].toSorted());
    expect(page.data[0]!.granted_by).toMatchObject({ id: boss.id });
    await expect(removeCollection(deps, actor, at)).rejects.toMatchObject({
      facts: { documents: 1, shares: 2 },
    });
  });

  it('leaves one event that both workspaces find in the trail, and no third one', async () => {
    const made = await makeCollection('Told');
    await share(made);
    await unshare(made);
    const types = ['collection.unshared', 'collection.shared'];
    const find = async (actor: Actor, workspace_id?: string) => {
      const { data } = await ground.app.governance.audit.list(actor, {
        limit: 100,
        subject_id: made.collection_id,
        ...(workspace_id ? { workspace_id } : {}),
      });
      return data.map(({ type }) => type).filter((type) => types.includes(type));
    };
    const actor = await boss.actor();
    expect(await find(actor)).toEqual(types);
    expect(await find(actor, giver)).toEqual(types);
    expect(await find(actor, taker)).toEqual(types);
    expect(await find(actor, other)).toEqual([]);
    expect(await find(await editorOf(giver))).toEqual(types);
    expect(await find(await editorOf(taker))).toEqual(types);
    expect(await find(await editorOf(other))).toEqual([]);
  });
});
