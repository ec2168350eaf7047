import { organizationPermissions, type Permission } from '@insula/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertCovers, missingRights, type Rights } from './assert-covers.ts';

const permissions = fc.uniqueArray(fc.constantFrom<Permission>(...organizationPermissions), { maxLength: 8 });
const workspaceIds = ['w1', 'w2', 'w3'];
const rights: fc.Arbitrary<Rights> = fc
  .record({
    organization: permissions,
    workspaces: fc.dictionary(fc.constantFrom(...workspaceIds), permissions, { maxKeys: 3 }),
  })
  .map(({ organization, workspaces }) => ({
    organization: new Set(organization),
    workspaces: new Map(Object.entries(workspaces).map(([id, own]) => [id, new Set(own)])),
  }));

/** What somebody may do, spelled out place by place; `w0` is a workspace without roles. */
function mayDo(one: Rights): Set<string> {
  const deeds = new Set<string>();
  for (const permission of organizationPermissions) {
    if (one.organization.has(permission)) deeds.add(`everywhere ${permission}`);
    for (const id of ['w0', ...workspaceIds])
      if (one.organization.has(permission) || one.workspaces.get(id)?.has(permission))
        deeds.add(`${id} ${permission}`);
  }
  return deeds;
}

describe('covering rights', () => {
  it('lets somebody give exactly what they may do themselves, place by place', () => {
    fc.assert(
      fc.property(rights, rights, (giver, given) => {
        const own = mayDo(giver);
        const within = [...mayDo(given)].every((deed) => own.has(deed));
        expect(missingRights(giver, given).length === 0).toBe(within);
      }),
      { numRuns: 1_000 },
    );
  });

  it('lets everybody give what they have', () => {
    fc.assert(fc.property(rights, (one) => assertCovers(one, one)));
  });

  it('says which permissions are missing, and nothing about where', () => {
    const giver: Rights = { organization: new Set(['members:write']), workspaces: new Map() };
    const given: Rights = {
      organization: new Set(['members:write', 'audit:read']),
      workspaces: new Map([['w1', new Set<Permission>(['keys:write'])]]),
    };
    expect(() => assertCovers(giver, given)).toThrow(
      'That takes or gives rights that you do not have yourself: audit:read, keys:write.',
    );
  });
});
