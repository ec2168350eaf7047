// Rights as they are in this transaction, not as they were when a credential was checked.
import { fixedRoles, type Permission, problem, workspaceRoles } from '@insula/contract';
import { memberProblem } from '@insula/contract/members';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { Rights } from './assert-covers.ts';
import { findPeople, type Person, readRoles, readWorkspaceRoles } from './store.ts';
import type { PlacedRole } from './tables.ts';

type Sets = ReadonlyMap<string, ReadonlySet<Permission>>;
const inWorkspaces: Sets = new Map(Object.entries(workspaceRoles).map(([role, own]) => [role, new Set(own)]));
const everywhere: Sets = new Map(Object.entries(fixedRoles).map(([role, own]) => [role, new Set(own)]));
const nothing: ReadonlySet<Permission> = new Set();

/** What a role of a workspace allows there; nothing when there is no such role. */
export function permissionsInWorkspace(role: string): ReadonlySet<Permission> {
  return inWorkspaces.get(role) ?? nothing;
}

/** What a role of the organization allows, fixed or custom; undefined when there is no such role. */
export async function findRolePermissions(
  tx: TenantTx,
  at: { organizationId: string; role: string },
): Promise<ReadonlySet<Permission> | undefined> {
  const fixed = everywhere.get(at.role);
  if (fixed) return fixed;
  const found = await readRoles(tx, { organizationId: at.organizationId, slugs: [at.role] });
  return found.get(at.role);
}

/** The rights that members hold by their roles, whether suspended or not. */
export async function readRights(
  tx: TenantTx,
  at: { organizationId: string; people: Pick<Person, 'id' | 'role'>[] },
): Promise<Map<string, Rights>> {
  const { organizationId, people } = at;
  const custom = [...new Set(people.map((one) => one.role))].filter((role) => !everywhere.has(role));
  const roles = custom.length > 0 ? await readRoles(tx, { organizationId, slugs: custom }) : undefined;
  const placed = await readWorkspaceRoles(tx, { organizationId, memberIds: people.map((one) => one.id) });
  return new Map(
    people.map((one) => [
      one.id,
      {
        organization: everywhere.get(one.role) ?? roles?.get(one.role) ?? nothing,
        workspaces: placedRights(placed.filter((row) => row.member_id === one.id)),
      },
    ]),
  );
}

/** What a role of the organization together with roles in workspaces allows; throws `role_unknown`. */
export async function readOffer(
  tx: TenantTx,
  at: { organizationId: string; role: string; placed: PlacedRole[] },
): Promise<Rights> {
  const organization = await findRolePermissions(tx, at);
  if (!organization) throw memberProblem('role_unknown', { role: at.role });
  return { organization, workspaces: placedRights(at.placed) };
}

/** What roles in workspaces allow, each in its own. */
export function placedRights(placed: PlacedRole[]): Rights['workspaces'] {
  return new Map(placed.map((one) => [one.workspace_id, permissionsInWorkspace(one.role)]));
}

/** The rights an actor has now: for a member never more than the roles say at this moment. Throws `unauthenticated` when the member is gone or suspended. */
export async function rightsOfActor(tx: TenantTx, actor: Actor): Promise<Rights> {
  const carried: Rights = {
    organization: actor.permissions,
    workspaces: actor.workspace_permissions ?? new Map(),
  };
  if (actor.kind !== 'member') return carried;
  const at = { organizationId: actor.organization_id, memberIds: actor.id ? [actor.id] : [] };
  const [person] = await findPeople(tx, at);
  if (person?.status !== 'active') throw problem('unauthenticated');
  const now = (await readRights(tx, { ...at, people: [person] })).get(person.id)!;
  return {
    organization: both(now.organization, carried.organization),
    workspaces: new Map(
      [...now.workspaces].map(([id, permissions]) => [
        id,
        both(permissions, new Set([...carried.organization, ...(carried.workspaces.get(id) ?? [])])),
      ]),
    ),
  };
}

const both = (a: ReadonlySet<Permission>, b: ReadonlySet<Permission>) =>
  new Set([...a].filter((permission) => b.has(permission)));
