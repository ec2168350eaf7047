import { fixedRoles, type OrganizationPermission, organizationPermissions } from '@insula/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openPeopleGround,
  outcomeOf,
  type PeopleGround,
  type TestOrganization,
} from '../../../../test/open-people-ground.ts';
import { newId } from '../../../platform/ids.ts';
import { createRole } from '../roles/create-role.ts';
import { changeMember } from './change-member.ts';
import { getMember } from './get-member.ts';
import { listMembers } from './list-members.ts';
import { removeMember } from './remove-member.ts';

let ground: PeopleGround;
let home: TestOrganization;
beforeAll(async () => {
  ground = await openPeopleGround();
  home = await ground.newOrganization();
});
afterAll(() => ground?.close());

describe('members', () => {
  it('nobody gives, changes or removes more than they may do themselves', async () => {
    const boss = await home.add('admin');
    const write: OrganizationPermission = 'members:write';
    const anyRole = fc.uniqueArray(fc.constantFrom(...organizationPermissions), {
      minLength: 1,
      maxLength: 5,
    });
    let number = 0;
    const makeRole = async (permissions: OrganizationPermission[]) =>
      (await createRole(ground.deps, await boss.actor(), { name: `Role ${++number}`, permissions })).slug;
    await fc.assert(
      fc.asyncProperty(anyRole, anyRole, anyRole, async (own, held, wanted) => {
        const giver = await home.add(await makeRole([...own, write]));
        const subject = await home.add(await makeRole(held));
        const input = { member_id: subject.id, role: await makeRole(wanted) };
        const has = (all: readonly string[]) => all.every((one) => [...own, write].includes(one as never));
        const may = has(held) && has(wanted);
        const answer = await outcomeOf(changeMember(ground.deps, await giver.actor(), input));
        expect(answer).toBe(may ? 'done' : 'rights_exceeded');
        const left = await outcomeOf(removeMember(ground.deps, await giver.actor(), subject.id));
        expect(left).toBe(has(may ? wanted : held) ? 'done' : 'rights_exceeded');
      }),
      { numRuns: 25 },
    );
  });

  it('a role in a workspace counts among the rights that must not be exceeded', async () => {
    const other = await home.rows<{ id: string }>('select id from workspaces where organization_id = $1');
    const boss = await home.add('admin');
    const { slug } = await createRole(ground.deps, await boss.actor(), {
      name: 'People only',
      permissions: ['members:read', 'members:write', ...fixedRoles.user],
    });
    const giver = await home.add(slug);
    const subject = await home.add('guest', { [other[0]!.id]: 'workspace_admin' });
    const input = { member_id: subject.id, status: 'suspended' as const };
    expect(await outcomeOf(changeMember(ground.deps, await giver.actor(), input))).toBe('rights_exceeded');
    expect(await outcomeOf(removeMember(ground.deps, await giver.actor(), subject.id))).toBe(
      'rights_exceeded',
    );
  });

  it('a role that is not there is refused in words', async () => {
    const boss = await home.add('admin');
    const subject = await home.add('user');
    const input = { member_id: subject.id, role: 'no-such-role' };
    expect(await outcomeOf(changeMember(ground.deps, await boss.actor(), input))).toBe('role_unknown');
  });

  it('the last active admin stays: not demoted, not suspended, not removed', async () => {
    const place = await ground.newOrganization();
    const only = await place.add('admin');
    const asleep = await place.add('admin');
    const actor = await only.actor();
    await changeMember(ground.deps, actor, { member_id: asleep.id, status: 'suspended' });
    expect(await outcomeOf(changeMember(ground.deps, actor, { member_id: only.id, role: 'user' }))).toBe(
      'last_admin',
    );
    expect(await outcomeOf(removeMember(ground.deps, actor, only.id))).toBe('last_admin');
    const system = { ...actor, kind: 'operator' as const, id: null };
    const suspend = { member_id: only.id, status: 'suspended' as const };
    expect(await outcomeOf(changeMember(ground.deps, system, suspend))).toBe('last_admin');
  });

  it.each(['demoted', 'suspended', 'removed'] as const)(
    'two admins who are %s by each other at the same moment leave one',
    async (way) => {
      for (let round = 0; round < 5; round++) {
        const place = await ground.newOrganization();
        const [one, two] = [await place.add('admin'), await place.add('admin')];
        const [first, second] = [await one.actor(), await two.actor()];
        const against = { demoted: { role: 'user' }, suspended: { status: 'suspended' as const } };
        const act = (actor: typeof first, id: string) =>
          way === 'removed'
            ? removeMember(ground.deps, actor, id)
            : changeMember(ground.deps, actor, { member_id: id, ...against[way] });
        const answers = await Promise.all([outcomeOf(act(first, two.id)), outcomeOf(act(second, one.id))]);
        expect(answers.filter((answer) => answer === 'done')).toHaveLength(1);
        const admins = await place.rows(
          `select id from members where organization_id = $1 and role = 'admin' and status = 'active'`,
        );
        expect(admins).toHaveLength(1);
      }
    },
  );

  it('a request that was under way when its sender was demoted grants nothing', async () => {
    const [boss, once] = [await home.add('admin'), await home.add('admin')];
    const before = await once.actor();
    const subject = await home.add('user');
    await changeMember(ground.deps, await boss.actor(), { member_id: once.id, role: 'user' });
    const input = { member_id: subject.id, role: 'admin' };
    expect(await outcomeOf(changeMember(ground.deps, before, input))).toBe('rights_exceeded');
    await changeMember(ground.deps, await boss.actor(), { member_id: once.id, status: 'suspended' });
    expect(await outcomeOf(changeMember(ground.deps, before, input))).toBe('unauthenticated');
  });

  it('nobody suspends themselves, not even as an operator who visits', async () => {
    await home.add('admin');
    const boss = await home.add('admin');
    const actor = await boss.actor();
    const input = { member_id: boss.id, status: 'suspended' as const };
    expect(await outcomeOf(changeMember(ground.deps, actor, input))).toBe('own_suspension');
    const [row] = await home.rows<{ account_id: string }>(
      'select account_id from members where organization_id = $1 and id = $2',
      boss.id,
    );
    const visitor = { ...actor, kind: 'operator' as const, id: newId(), account_id: row!.account_id };
    expect(await outcomeOf(changeMember(ground.deps, visitor, input))).toBe('own_suspension');
  });

  it('another organization does not see, change or remove a member: the same words as for nobody', async () => {
    const elsewhere = await ground.newOrganization();
    const stranger = await (await elsewhere.add('admin')).actor();
    const subject = await home.add('user');
    for (const id of [subject.id, newId()]) {
      expect(await outcomeOf(getMember(ground.deps, stranger, id))).toBe('member_not_found');
      const change = { member_id: id, name: 'Mallory' };
      expect(await outcomeOf(changeMember(ground.deps, stranger, change))).toBe('member_not_found');
      expect(await outcomeOf(removeMember(ground.deps, stranger, id))).toBe('member_not_found');
    }
  });

  it('lists by role, status and the beginning of an address, page by page', async () => {
    const place = await ground.newOrganization();
    const boss = await place.add('admin');
    const users = [await place.add('user'), await place.add('user'), await place.add('user')];
    const actor = await boss.actor();
    await changeMember(ground.deps, actor, { member_id: users[0]!.id, status: 'suspended' });
    const list = async (input: object) =>
      (await listMembers(ground.deps, actor, { limit: 20, ...input })).data.map((one) => one.id);
    expect(await list({ role: 'user', status: 'active' })).toEqual([users[2]!.id, users[1]!.id]);
    expect(await list({ search: users[1]!.email.toUpperCase().slice(0, 41) })).toEqual([users[1]!.id]);
    expect(await list({ search: '%' })).toEqual([]);
    const seen: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await listMembers(ground.deps, actor, { limit: 3, cursor });
      seen.push(...page.data.map((one) => one.id));
      if (!page.next_cursor) break;
      cursor = page.next_cursor;
    }
    expect(seen).toEqual([...users.map((one) => one.id).reverse(), boss.id]);
    const [shown] = (await listMembers(ground.deps, actor, { limit: 1 })).data;
    expect(Object.keys(shown!)).not.toContain('account_id');
  });
});
