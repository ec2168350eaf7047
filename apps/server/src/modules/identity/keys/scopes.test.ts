// Nobody makes a key that may do more than its maker, now or later.
import {
  fixedRoles,
  keyScopes,
  type OrganizationPermission,
  organizationPermissions,
  permissionsOfScopes,
  workspaceRoles,
} from '@insula/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  codeOf,
  type IdentityGround,
  openIdentityGround,
  type Place,
} from '../../../../test/open-identity-ground.ts';
import { type Actor, actorMay, systemActor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import { assertScopesHeld, organizationPermissionsOf } from './assert-scopes-held.ts';

let ground: IdentityGround;
let place: Place;
beforeAll(async () => {
  ground = await openIdentityGround();
  place = await ground.newPlace();
});
afterAll(() => ground?.close());

const here = 'w1';
const permissions = fc.uniqueArray(fc.constantFrom<OrganizationPermission>(...organizationPermissions));
const scopes = fc.uniqueArray(fc.constantFrom(...keyScopes), { minLength: 1, maxLength: 6 });
const actors: fc.Arbitrary<Actor> = fc
  .record({ wide: permissions, inPlace: permissions, elsewhere: permissions, sees: fc.boolean() })
  .map(({ wide, inPlace, elsewhere, sees }) => ({
    ...systemActor('00000000-0000-0000-0000-00000000000a'),
    workspaces: sees ? [here, 'w2'] : ['w2'],
    permissions: new Set(wide),
    workspace_permissions: new Map([
      [here, new Set(inPlace)],
      ['w2', new Set(elsewhere)],
    ]),
  }));

describe('the scopes of a key', () => {
  it('are refused unless its maker has everything they stand for, in that workspace', () => {
    fc.assert(
      fc.property(actors, scopes, (actor, wanted) => {
        const held = [...permissionsOfScopes(wanted)].every((one) => actorMay(actor, one, here));
        const attempt = () => assertScopesHeld(actor, wanted, here);
        if (held) expect(attempt).not.toThrow();
        else expect(attempt).toThrow('you do not have it here yourself');
        for (const one of organizationPermissionsOf(actor, wanted))
          expect(actor.permissions.has(one)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never give a key a right that its maker lacks, whatever the roles are', async () => {
    const roles = fc.record({
      wide: permissions,
      placed: fc.option(fc.constantFrom(...(Object.keys(workspaceRoles) as (keyof typeof workspaceRoles)[]))),
      wanted: scopes,
    });
    await fc.assert(
      fc.asyncProperty(roles, async ({ wide, placed, wanted }) => {
        const member = await newMember([...wide, 'keys:write'], placed);
        const made = await ground.api('POST', `/v1/workspaces/${place.workspaceId}/api-keys`, {
          token: member.token,
          body: { name: 'A key', scopes: wanted },
        });
        const own = new Set<string>([...wide, 'keys:write', ...(placed ? workspaceRoles[placed] : [])]);
        const held = [...permissionsOfScopes(wanted)].every((one) => own.has(one));
        expect(made.status).toBe(held ? 201 : 403);
        if (!held) {
          expect(made.body.code).toBe('scope_not_held');
          return;
        }
        const { body } = await ground.api('GET', '/v1/auth/me', { token: made.body.key as string });
        const [key, maker] = [
          body,
          (await ground.api('GET', '/v1/auth/me', { token: member.token })).body,
        ] as [Me, Me];
        expect(maker.permissions).toEqual(expect.arrayContaining(key.permissions));
        for (const one of key.workspace_permissions[place.workspaceId]!) expect(own).toContain(one);
      }),
      { numRuns: 25 },
    );
  });

  it('shrink with the rights of the maker, and a key rotated by somebody else needs theirs', async () => {
    const member = await newMember([...organizationPermissions], null);
    const ask = (token: string, path: string, body: object) =>
      ground.api('POST', `/v1/workspaces/${place.workspaceId}/api-keys${path}`, { token, body });
    const made = await ask(member.token, '', {
      name: 'Wide',
      scopes: ['audit:read', 'chat', 'keys:write'],
    });
    const key = made.body.key as string;
    const child = await ask(key, '', { name: 'Child', scopes: ['audit:read'] });
    expect(child.status).toBe(201);
    expect((await ask(key, '', { name: 'Wider', scopes: ['members:write'] })).body.code).toBe(
      'scope_not_held',
    );
    const narrow = await newMember(['keys:write'], null);
    expect((await ask(narrow.token, `/${made.body.id}/rotate`, {})).body.code).toBe('scope_not_held');
    await member.setPermissions(['ai:query', 'models:read', 'keys:write']);
    const rights = async (of: string) =>
      ((await ground.api('GET', '/v1/auth/me', { token: of })).body as Me).permissions;
    expect((await rights(key)).sort()).toEqual(['ai:query', 'keys:write', 'models:read']);
    expect(await rights(child.body.key as string)).toEqual([]);
  });

  it('of a workspace role hold in the workspace and not in the organization', async () => {
    const guest = await newMember(fixedRoles.guest, 'workspace_admin');
    const path = `/v1/workspaces/${place.workspaceId}/api-keys`;
    const made = await ground.api('POST', path, {
      token: guest.token,
      body: { name: 'Own', scopes: ['usage:read', 'keys:read'] },
    });
    expect(made.status).toBe(201);
    const token = made.body.key as string;
    expect((await ground.api('GET', path, { token })).status).toBe(200);
    expect((await ground.api('GET', `/v1/organizations/${place.id}/usage`, { token })).status).toBe(403);
    expect(
      await codeOf(() => assertScopesHeld({ ...systemActor(place.id), workspaces: [] }, ['chat'], here)),
    ).toBe('scope_not_held');
  });
});

type Me = { permissions: string[]; workspace_permissions: Record<string, string[]> };

/** A member with a custom role of exactly these permissions, and perhaps a role in the workspace. */
async function newMember(wide: readonly string[], placed: string | null) {
  const slug = `role-${newId()}`;
  const insert =
    'insert into roles (organization_id, id, slug, name, permissions) values ($1, $2, $3, $3, $4)';
  await place.rows(insert, place.id, newId(), slug, wide);
  const person = await place.join(slug);
  const placing =
    'insert into workspace_members (organization_id, workspace_id, member_id, role) values ($1, $2, $3, $4)';
  if (placed) await place.rows(placing, place.id, place.workspaceId, person.memberId, placed);
  const { access_token: token } = await ground.signIn(person);
  return {
    token,
    async setPermissions(permissions: string[]) {
      await place.rows(
        'update roles set permissions = $3 where organization_id = $1 and slug = $2',
        place.id,
        slug,
        permissions,
      );
      await place.rows("select pg_notify('insula', $1)", place.id);
      await new Promise((resolve) => setTimeout(resolve, 100));
    },
  };
}
