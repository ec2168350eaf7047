import { workspaceRoles } from '@insula/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openPeopleGround,
  outcomeOf,
  type PeopleGround,
  type TestMember,
  type TestOrganization,
} from '../../../../test/open-people-ground.ts';
import { newId } from '../../../platform/ids.ts';
import { createRole } from '../roles/create-role.ts';
import { getMember } from './get-member.ts';
import { listWorkspaceMembers } from './list-workspace-members.ts';
import { putWorkspaceMember } from './put-workspace-member.ts';
import { removeWorkspaceMember } from './remove-workspace-member.ts';

let ground: PeopleGround;
let home: TestOrganization;
let boss: TestMember;
beforeAll(async () => {
  ground = await openPeopleGround();
  home = await ground.newOrganization();
  boss = await home.add('admin');
});
afterAll(() => ground?.close());

describe('roles in a workspace', () => {
  it('are given, replaced and taken away, with one event each', async () => {
    const workspace_id = await home.addWorkspace();
    const subject = await home.add('guest');
    const at = { workspace_id, member_id: subject.id };
    const actor = await boss.actor();
    const first = await putWorkspaceMember(ground.deps, actor, { ...at, role: 'viewer' });
    expect(first).toMatchObject({ ...at, email: subject.email, role: 'viewer', status: 'active' });
    await putWorkspaceMember(ground.deps, actor, { ...at, role: 'editor' });
    const { data } = await listWorkspaceMembers(ground.deps, actor, { workspace_id, limit: 20 });
    expect(data.map((one) => one.role)).toEqual(['editor']);
    expect((await getMember(ground.deps, actor, subject.id)).workspace_roles).toEqual([
      { workspace_id, role: 'editor' },
    ]);
    await removeWorkspaceMember(ground.deps, actor, at);
    expect((await getMember(ground.deps, actor, subject.id)).workspace_roles).toEqual([]);
    const types = await home.rows<{ type: string }>(
      'select type from events where organization_id = $1 and subject_id = $2 order by id',
      subject.id,
    );
    expect(types.map((row) => row.type)).toEqual([
      'workspace_member.changed',
      'workspace_member.changed',
      'workspace_member.removed',
    ]);
  });

  it('nobody gives or takes more than they may do in that workspace', async () => {
    const role = await createRole(ground.deps, await boss.actor(), {
      name: 'Doorkeeper',
      permissions: ['workspaces:write', ...workspaceRoles.viewer],
    });
    const [one, two] = [await home.addWorkspace(), await home.addWorkspace()];
    const keeper = await (await home.add(role.slug)).actor();
    const local = await (await home.add('guest', { [one]: 'workspace_admin' })).actor();
    const subject = await home.add('guest', { [two]: 'workspace_admin' });
    const put = (actor: typeof keeper, workspace_id: string, given: string) =>
      outcomeOf(putWorkspaceMember(ground.deps, actor, { workspace_id, member_id: subject.id, role: given }));
    expect(await put(keeper, one, 'editor')).toBe('rights_exceeded');
    expect(await put(keeper, one, 'viewer')).toBe('done');
    expect(await put(local, one, 'workspace_admin')).toBe('done');
    expect(await put(keeper, one, 'viewer')).toBe('rights_exceeded');
    const there = { workspace_id: two, member_id: subject.id };
    expect(await put(local, two, 'viewer')).toBe('rights_exceeded');
    expect(await outcomeOf(removeWorkspaceMember(ground.deps, local, there))).toBe('rights_exceeded');
    expect(await outcomeOf(removeWorkspaceMember(ground.deps, keeper, there))).toBe('rights_exceeded');
  });

  it('somebody who sees some workspaces only is not shown roles in the others', async () => {
    const [seen, hidden] = [await home.addWorkspace(), await home.addWorkspace()];
    const subject = await home.add('guest', { [seen]: 'viewer', [hidden]: 'editor' });
    const local = await (await home.add('guest', { [seen]: 'workspace_admin' })).actor();
    const shown = await getMember(ground.deps, local, subject.id);
    expect(shown.workspace_roles).toEqual([{ workspace_id: seen, role: 'viewer' }]);
    const list = listWorkspaceMembers(ground.deps, local, { workspace_id: hidden, limit: 20 });
    expect(await outcomeOf(list)).toBe('workspace_not_found');
  });

  it('another organization finds neither workspace nor member', async () => {
    const elsewhere = await ground.newOrganization();
    const stranger = await (await elsewhere.add('admin')).actor();
    const subject = await home.add('user');
    const put = (workspace_id: string, member_id: string) =>
      outcomeOf(putWorkspaceMember(ground.deps, stranger, { workspace_id, member_id, role: 'viewer' }));
    for (const id of [home.workspaceId, newId()])
      expect(await put(id, subject.id)).toBe('workspace_not_found');
    for (const id of [subject.id, newId()]) {
      expect(await put(elsewhere.workspaceId, id)).toBe('member_not_found');
      const at = { workspace_id: home.workspaceId, member_id: id };
      expect(await outcomeOf(removeWorkspaceMember(ground.deps, stranger, at))).toBe('member_not_found');
    }
  });
});
