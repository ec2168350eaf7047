import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openPeopleGround,
  outcomeOf,
  type PeopleGround,
  type TestMember,
  type TestOrganization,
} from '../../../../test/open-people-ground.ts';
import { type Actor, systemActor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import { createCollection } from '../collections/create-collection.ts';
import { getCollection } from '../collections/list-collections.ts';
import { listVisibleCollections } from '../collections/list-visible-collections.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { addMember, removeMember } from './add-member.ts';
import { changeGroup, createGroup, removeGroup } from './change-group.ts';
import { getGroup, listGroupMembers, listGroups } from './list-groups.ts';
import { getAccess, replaceAccess } from './replace-access.ts';

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

const admin = () => boss.actor();
const newGroup = async (name = `Group ${newId()}`) =>
  createGroup(deps, await admin(), { workspace_id, name });
/** A collection for the groups given, or for those who administer the workspace alone. */
async function newRestricted(...group_ids: string[]) {
  const actor = await admin();
  const { id } = await createCollection(deps, actor, { workspace_id, name: `C ${newId()}`, description: '' });
  await replaceAccess(deps, actor, { workspace_id, collection_id: id, access: 'groups', group_ids });
  return id;
}
const sees = async (actor: Actor, collectionId: string) =>
  (await deps.db.as(actor, (tx) => listVisibleCollections(tx, actor, workspace_id))).some(
    ({ id }) => id === collectionId,
  );

describe('a collection for groups', () => {
  it('is seen by their people, by who administers the workspace, by the server, and by nobody else', async () => {
    const group = await newGroup();
    const id = await newRestricted(group.id);
    const [inside, outside] = [await home.add('user'), await home.add('user')];
    await addMember(deps, await admin(), { workspace_id, group_id: group.id, member_id: inside.id });
    const key: Actor = { ...(await outside.actor()), kind: 'api_key', id: inside.id };
    const admins = await home.add('guest', { [workspace_id]: 'workspace_admin' });
    expect(await sees(await inside.actor(), id)).toBe(true);
    expect(await sees(await admin(), id)).toBe(true);
    expect(await sees(await admins.actor(), id)).toBe(true);
    expect(await sees(systemActor(home.id), id)).toBe(true);
    expect(await sees(await outside.actor(), id)).toBe(false);
    // A key is nobody's, whatever its id is.
    expect(await sees(key, id)).toBe(false);
    const given = { workspace_id, collection_id: id };
    expect(await outcomeOf(getCollection(deps, await outside.actor(), given))).toBe('collection_not_found');
    expect(await getCollection(deps, await inside.actor(), given)).toMatchObject({ access: 'groups' });
  });

  it('is lost from sight with the group, with the place in it, and by a change of access; and found again', async () => {
    const group = await newGroup();
    const id = await newRestricted(group.id);
    const person = await home.add('user');
    const at = { workspace_id, group_id: group.id, member_id: person.id };
    await addMember(deps, await admin(), at);
    expect(await sees(await person.actor(), id)).toBe(true);
    await removeMember(deps, await admin(), at);
    expect(await sees(await person.actor(), id)).toBe(false);
    await addMember(deps, await admin(), at);
    const access = { workspace_id, collection_id: id };
    await replaceAccess(deps, await admin(), { ...access, access: 'groups', group_ids: [] });
    expect(await sees(await person.actor(), id)).toBe(false);
    await replaceAccess(deps, await admin(), { ...access, access: 'everyone', group_ids: [group.id] });
    expect(await sees(await person.actor(), id)).toBe(true);
    // Groups named beside `everyone` mean nothing, also later.
    expect(await getAccess(deps, await admin(), access)).toMatchObject({ access: 'everyone', groups: [] });
    await replaceAccess(deps, await admin(), { ...access, access: 'groups', group_ids: [group.id] });
    expect(await getAccess(deps, await admin(), access)).toMatchObject({ groups: [{ id: group.id }] });
    await removeGroup(deps, await admin(), at);
    expect(await sees(await person.actor(), id)).toBe(false);
    expect(await home.events('collection.access_changed')).toContainEqual(
      expect.objectContaining({ details: expect.objectContaining({ before: 'groups', access: 'everyone' }) }),
    );
  });

  it('takes only groups of its own workspace', async () => {
    const elsewhere = await home.addWorkspace();
    const foreign = await createGroup(deps, await admin(), { workspace_id: elsewhere, name: 'Elsewhere' });
    const id = await newRestricted();
    for (const one of [foreign.id, newId()]) {
      const given = { workspace_id, collection_id: id, access: 'groups' as const, group_ids: [one] };
      expect(await outcomeOf(replaceAccess(deps, await admin(), given))).toBe('group_not_found');
    }
  });
});

describe('groups', () => {
  it('take people who see the workspace anyway, and tell others apart from nobody', async () => {
    const group = await newGroup();
    const at = { workspace_id, group_id: group.id };
    const guest = await home.add('guest', { [await home.addWorkspace()]: 'editor' });
    const placed = await home.add('guest', { [workspace_id]: 'viewer' });
    const add = async (member_id: string) => outcomeOf(addMember(deps, await admin(), { ...at, member_id }));
    expect(await add(guest.id)).toBe('member_outside_workspace');
    expect(await add(newId())).toBe('member_not_found');
    expect(await add(placed.id)).toBe('done');
    expect(await add(placed.id)).toBe('done');
    expect(await add(boss.id)).toBe('done');
    expect(await getGroup(deps, await admin(), at)).toMatchObject({ members: 2 });
    const first = await listGroupMembers(deps, await admin(), { ...at, limit: 1 });
    const second = await listGroupMembers(deps, await admin(), {
      ...at,
      limit: 1,
      cursor: first.next_cursor!,
    });
    expect([...first.data, ...second.data].map(({ email }) => email).toSorted()).toEqual(
      [placed.email, boss.email].toSorted(),
    );
    expect(await outcomeOf(removeMember(deps, await admin(), { ...at, member_id: guest.id }))).toBe(
      'group_member_not_found',
    );
  });

  it('have names of their own in a workspace, and are removed with a word of what they opened', async () => {
    const group = await newGroup('Board');
    expect(await outcomeOf(newGroup('Board'))).toBe('group_name_taken');
    const other = await newGroup('Staff');
    const at = { workspace_id, group_id: other.id };
    expect(await outcomeOf(changeGroup(deps, await admin(), { ...at, name: 'Board' }))).toBe(
      'group_name_taken',
    );
    expect(await changeGroup(deps, await admin(), { ...at, name: 'Team' })).toMatchObject({ name: 'Team' });
    const id = await newRestricted(group.id);
    const names = (await listGroups(deps, await admin(), { workspace_id, limit: 100 })).data;
    expect(names.find((one) => one.id === group.id)).toMatchObject({ name: 'Board', collection_ids: [id] });
    await removeGroup(deps, await admin(), { workspace_id, group_id: group.id });
    expect(await home.events('group.removed')).toContainEqual(
      expect.objectContaining({ details: { name: 'Board', members: 0, collection_ids: [id] } }),
    );
  });

  it('of another workspace or organization are not there', async () => {
    const group = await newGroup();
    const at = { workspace_id, group_id: group.id };
    const stranger = await (await (await ground.newOrganization()).add('admin')).actor();
    const neighbour = await (
      await home.add('guest', { [await home.addWorkspace()]: 'workspace_admin' })
    ).actor();
    for (const actor of [stranger, neighbour]) {
      expect(await outcomeOf(getGroup(deps, actor, at))).toBe('group_not_found');
      expect(await outcomeOf(removeGroup(deps, actor, at))).toBe('group_not_found');
      expect(await outcomeOf(addMember(deps, actor, { ...at, member_id: boss.id }))).toBe('group_not_found');
      expect(await outcomeOf(listGroups(deps, actor, { workspace_id, limit: 10 }))).toBe(
        'workspace_not_found',
      );
      expect(await outcomeOf(createGroup(deps, actor, { workspace_id, name: 'x' }))).toBe(
        'workspace_not_found',
      );
    }
  });
});
