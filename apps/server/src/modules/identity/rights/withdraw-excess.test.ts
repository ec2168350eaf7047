import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openPeopleGround,
  type PeopleGround,
  type TestMember,
  type TestOrganization,
} from '../../../../test/open-people-ground.ts';
import { newId } from '../../../platform/ids.ts';
import { changeMember } from '../members/change-member.ts';
import { putWorkspaceMember } from '../members/put-workspace-member.ts';
import { removeMember } from '../members/remove-member.ts';
import { removeWorkspaceMember } from '../members/remove-workspace-member.ts';
import { changeRole } from '../roles/change-role.ts';
import { createRole } from '../roles/create-role.ts';

let ground: PeopleGround;
let home: TestOrganization;
let boss: TestMember;
beforeAll(async () => {
  ground = await openPeopleGround();
  home = await ground.newOrganization();
  boss = await home.add('admin');
});
afterAll(() => ground?.close());

async function liveKeys(): Promise<string[]> {
  const rows = await home.rows<{ id: string }>(
    'select id from api_keys where organization_id = $1 and revoked_at is null',
  );
  return rows.map((row) => row.id);
}

async function openInvitation(by: TestMember, role: string, placed: object[] = []): Promise<string> {
  const id = newId();
  await home.rows(
    `insert into invitations (organization_id, id, email, role, workspace_roles, token_hash, invited_by, expires_at)
      values ($1, $2, $3, $4, $5, sha256(gen_random_uuid()::text::bytea), $6, now() + interval '1 hour')`,
    id,
    `${id}@example.com`,
    role,
    JSON.stringify(placed),
    by.id,
  );
  return id;
}

const standing = async () =>
  (await home.rows<{ id: string }>('select id from invitations where organization_id = $1')).map(
    (row) => row.id,
  );

describe('what somebody handed out', () => {
  it.each([
    ['suspended', { status: 'suspended' as const }],
    ['demoted below keys:write', { role: 'user' }],
    ['removed', undefined],
  ])('keys of a member who is %s are revoked, and counted in the event', async (_way, change) => {
    const maker = await home.add('admin');
    const own = [await home.addKey(maker, home.workspaceId), await home.addKey(maker, home.workspaceId)];
    const other = await home.addKey(boss, home.workspaceId);
    const actor = await boss.actor();
    if (change) await changeMember(ground.deps, actor, { member_id: maker.id, ...change });
    else await removeMember(ground.deps, actor, maker.id);
    const left = await liveKeys();
    expect(left).toContain(other);
    for (const key of own) expect(left).not.toContain(key);
    const told = await home.events(change ? 'member.changed' : 'member.removed');
    const mine = told.filter((event) => event.subject_id === maker.id);
    expect(mine).toHaveLength(1);
    expect(mine[0]!.details).toMatchObject({ keys_revoked: 2, invitations_withdrawn: 0 });
  });

  it('a change that leaves keys:write leaves the keys', async () => {
    const maker = await home.add('admin');
    const key = await home.addKey(maker, home.workspaceId);
    await changeMember(ground.deps, await boss.actor(), { member_id: maker.id, name: 'New Name' });
    expect(await liveKeys()).toContain(key);
  });

  it('a role in a workspace keeps the keys there, and only those', async () => {
    const elsewhere = await home.addWorkspace();
    const maker = await home.add('admin', { [home.workspaceId]: 'workspace_admin' });
    const [kept, lost] = [await home.addKey(maker, home.workspaceId), await home.addKey(maker, elsewhere)];
    const actor = await boss.actor();
    await changeMember(ground.deps, actor, { member_id: maker.id, role: 'guest' });
    expect(await liveKeys()).toContain(kept);
    expect(await liveKeys()).not.toContain(lost);
    const place = { workspace_id: home.workspaceId, member_id: maker.id };
    await putWorkspaceMember(ground.deps, actor, { ...place, role: 'editor' });
    expect(await liveKeys()).not.toContain(kept);
  });

  it('losing the role in a workspace loses the keys there', async () => {
    const maker = await home.add('guest', { [home.workspaceId]: 'workspace_admin' });
    const key = await home.addKey(maker, home.workspaceId);
    const place = { workspace_id: home.workspaceId, member_id: maker.id };
    await removeWorkspaceMember(ground.deps, await boss.actor(), place);
    expect(await liveKeys()).not.toContain(key);
    const told = await home.events('workspace_member.removed');
    expect(told.at(-1)).toMatchObject({ subject_id: maker.id, details: { keys_revoked: 1 } });
  });

  it('a narrowed role takes the keys of all who hold it', async () => {
    const actor = await boss.actor();
    const role = await createRole(ground.deps, actor, {
      name: `Keymaster ${newId()}`,
      permissions: ['workspaces:read', 'keys:write'],
    });
    const makers = [await home.add(role.slug), await home.add(role.slug)];
    const keys: string[] = [];
    for (const maker of makers) keys.push(await home.addKey(maker, home.workspaceId));
    await changeRole(ground.deps, actor, { role_id: role.id, name: 'Former keymaster' });
    for (const key of keys) expect(await liveKeys()).toContain(key);
    await changeRole(ground.deps, actor, { role_id: role.id, permissions: ['workspaces:read'] });
    for (const key of keys) expect(await liveKeys()).not.toContain(key);
    expect((await home.events('role.changed')).at(-1)!.details).toMatchObject({ keys_revoked: 2 });
  });

  it('open invitations go when their maker could not make them any more', async () => {
    const role = await createRole(ground.deps, await boss.actor(), {
      name: `Host ${newId()}`,
      permissions: ['members:write', 'workspaces:read'],
    });
    const inviter = await home.add('admin');
    const gone = [
      await openInvitation(inviter, 'admin'),
      await openInvitation(inviter, 'guest', [{ workspace_id: home.workspaceId, role: 'editor' }]),
    ];
    const stays = await openInvitation(inviter, 'guest');
    const input = { member_id: inviter.id, role: role.slug };
    await changeMember(ground.deps, await boss.actor(), input);
    expect(await standing()).toContain(stays);
    for (const id of gone) expect(await standing()).not.toContain(id);
    await removeMember(ground.deps, await boss.actor(), inviter.id);
    expect(await standing()).not.toContain(stays);
  });

  it('sessions end with a suspension, in its own transaction or not at all', async () => {
    const subject = await home.add('user');
    const session = await home.addSession(subject);
    const ended = async () => {
      const [row] = await home.rows<{ ended_at: Date | null; end_reason: string | null }>(
        'select ended_at, end_reason from sessions where organization_id = $1 and id = $2',
        session,
      );
      return row;
    };
    const input = { member_id: subject.id, status: 'suspended' as const };
    let refuse = true;
    ground.deps.events.on('member.changed', async () => {
      if (refuse) throw new Error('the last step fails');
    });
    await expect(changeMember(ground.deps, await boss.actor(), input)).rejects.toThrow('the last step fails');
    expect(await ended()).toMatchObject({ ended_at: null });
    refuse = false;
    await changeMember(ground.deps, await boss.actor(), input);
    expect((await ended())!.end_reason).toBe('member_suspended');
    expect((await home.events('member.changed')).at(-1)!.details).toMatchObject({ sessions_ended: 1 });
  });
});
