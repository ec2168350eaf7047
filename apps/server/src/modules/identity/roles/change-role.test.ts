import { fixedRoles } from '@insula/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openPeopleGround,
  outcomeOf,
  type PeopleGround,
  type TestMember,
  type TestOrganization,
} from '../../../../test/open-people-ground.ts';
import { newId } from '../../../platform/ids.ts';
import { removeMember } from '../members/remove-member.ts';
import { changeRole } from './change-role.ts';
import { createRole } from './create-role.ts';
import { getRole } from './get-role.ts';
import { listRoles } from './list-roles.ts';
import { removeRole } from './remove-role.ts';

let ground: PeopleGround;
let home: TestOrganization;
let boss: TestMember;
beforeAll(async () => {
  ground = await openPeopleGround();
  home = await ground.newOrganization();
  boss = await home.add('admin');
});
afterAll(() => ground?.close());

describe('roles', () => {
  it('nobody makes, changes or deletes a role that holds more than they have', async () => {
    const actor = await boss.actor();
    const author = await createRole(ground.deps, actor, {
      name: 'Author',
      permissions: ['roles:write', 'agents:read'],
    });
    const wide = await createRole(ground.deps, actor, { name: 'Wide', permissions: ['audit:read'] });
    const giver = await (await home.add(author.slug)).actor();
    const input = { name: 'Sneaky', permissions: ['audit:read'] as ['audit:read'] };
    expect(await outcomeOf(createRole(ground.deps, giver, input))).toBe('rights_exceeded');
    const own = await createRole(ground.deps, giver, { name: 'Narrow', permissions: ['agents:read'] });
    const widen = { role_id: own.id, permissions: input.permissions };
    expect(await outcomeOf(changeRole(ground.deps, giver, widen))).toBe('rights_exceeded');
    const narrow = { role_id: wide.id, permissions: ['agents:read'] as ['agents:read'] };
    expect(await outcomeOf(changeRole(ground.deps, giver, narrow))).toBe('rights_exceeded');
    expect(await outcomeOf(removeRole(ground.deps, giver, wide.id))).toBe('rights_exceeded');
    expect(await outcomeOf(removeRole(ground.deps, giver, own.id))).toBe('done');
  });

  it('the fixed ones are listed last, in one order with the others, and cannot be changed', async () => {
    const place = await ground.newOrganization();
    const actor = await (await place.add('admin')).actor();
    for (const name of ['One', 'Two', 'Three'])
      await createRole(ground.deps, actor, { name, permissions: ['agents:read'] });
    const seen: { slug: string; fixed: boolean }[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await listRoles(ground.deps, actor, { limit: 2, cursor });
      expect(page.data.length).toBeLessThanOrEqual(2);
      seen.push(...page.data);
      if (!page.next_cursor) break;
      cursor = page.next_cursor;
    }
    expect(seen.map((role) => role.slug)).toEqual(['three', 'two', 'one', ...Object.keys(fixedRoles)]);
    expect(seen.filter((role) => role.fixed)).toHaveLength(4);
    const { data } = await listRoles(ground.deps, actor, { limit: 100 });
    const admin = data.find((role) => role.slug === 'admin')!;
    expect((await getRole(ground.deps, actor, admin.id)).permissions).toEqual([...fixedRoles.admin]);
    const change = { role_id: admin.id, name: 'Emperor' };
    expect(await outcomeOf(changeRole(ground.deps, actor, change))).toBe('role_fixed');
    expect(await outcomeOf(removeRole(ground.deps, actor, admin.id))).toBe('role_fixed');
  });

  it('a name is taken once in an organization, and those of the product never', async () => {
    const actor = await boss.actor();
    const make = (slug: string) =>
      outcomeOf(createRole(ground.deps, actor, { name: 'Any', slug, permissions: ['agents:read'] }));
    expect(await make('taken-once')).toBe('done');
    expect(await make('taken-once')).toBe('role_taken');
    for (const slug of ['admin', 'user', 'readonly', 'guest', 'editor', 'viewer'])
      expect(await make(slug)).toBe('role_taken');
    const elsewhere = await ground.newOrganization();
    const stranger = await (await elsewhere.add('admin')).actor();
    const input = { name: 'Any', slug: 'taken-once', permissions: ['agents:read'] as ['agents:read'] };
    expect(await outcomeOf(createRole(ground.deps, stranger, input))).toBe('done');
  });

  it('one that is held, or offered by an open invitation, stays and says by how many', async () => {
    const actor = await boss.actor();
    const role = await createRole(ground.deps, actor, { name: 'Held', permissions: ['agents:read'] });
    const holder = await home.add(role.slug);
    const offer = (expires: string) =>
      home.rows(
        `insert into invitations (organization_id, id, email, role, token_hash, expires_at)
          values ($1, $2, 'x@example.com', $3, sha256(gen_random_uuid()::text::bytea), $4)`,
        newId(),
        role.slug,
        new Date(Date.now() + Number(expires)),
      );
    await offer('-1000');
    await offer('3600000');
    await expect(removeRole(ground.deps, actor, role.id)).rejects.toMatchObject({
      code: 'role_in_use',
      facts: { count: 2 },
    });
    await removeMember(ground.deps, actor, holder.id);
    await home.rows('delete from invitations where organization_id = $1 and expires_at > now()');
    expect(await outcomeOf(removeRole(ground.deps, actor, role.id))).toBe('done');
    expect(await outcomeOf(getRole(ground.deps, actor, role.id))).toBe('role_not_found');
    expect((await home.events('role.removed')).at(-1)).toMatchObject({ subject_id: role.id });
  });

  it('another organization does not see, change or delete one: the same words as for none', async () => {
    const role = await createRole(ground.deps, await boss.actor(), {
      name: 'Ours',
      permissions: ['agents:read'],
    });
    const stranger = await (await (await ground.newOrganization()).add('admin')).actor();
    for (const id of [role.id, newId()]) {
      expect(await outcomeOf(getRole(ground.deps, stranger, id))).toBe('role_not_found');
      expect(await outcomeOf(changeRole(ground.deps, stranger, { role_id: id, name: 'Mine' }))).toBe(
        'role_not_found',
      );
      expect(await outcomeOf(removeRole(ground.deps, stranger, id))).toBe('role_not_found');
    }
  });
});
