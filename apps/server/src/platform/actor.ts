// Who acts: the one value every verb takes. It is built from a verified credential or by the server itself, nowhere else.
import type { Permission } from '@insula/contract';

/** The organization that stands for the platform itself; its trail records what operators do. */
export const PLATFORM_ORGANIZATION = '00000000-0000-0000-0000-000000000000';

export type Actor = {
  kind: 'member' | 'api_key' | 'operator' | 'system' | 'anonymous';
  /** Id of the member, key, or account behind the actor; null for the server itself. */
  id: string | null;
  /** How the trail names the actor. */
  name: string;
  /** The organization acted in; for an operator the one visited. */
  organization_id: string;
  /** `*` for all workspaces of the organization, otherwise the only ones the actor can see. */
  workspaces: '*' | readonly string[];
  /** Permissions that hold in the whole organization. */
  permissions: ReadonlySet<Permission>;
  /** Permissions that hold in single workspaces, on top. */
  workspace_permissions?: ReadonlyMap<string, ReadonlySet<Permission>>;
  account_id?: string;
  session_id?: string;
  request_id?: string;
  ip?: string;
  /** Set by the edge when the request carried an Idempotency-Key; consumed by the announcement of the effect. */
  idempotency?: { key: string; digest: Buffer; recorded: boolean; place: string; actorId: string };
};

/** The server acting by itself in one organization: sees all workspaces, has no permissions that an endpoint would accept. */
export function systemActor(organizationId: string, name = 'insula'): Actor {
  return {
    kind: 'system',
    id: null,
    name,
    organization_id: organizationId,
    workspaces: '*',
    permissions: new Set(),
  };
}

/** Whether the actor has the permission in the organization or, when one is named, in that workspace. */
export function actorMay(actor: Actor, permission: Permission, workspaceId?: string): boolean {
  if (workspaceId === undefined) return actor.permissions.has(permission);
  if (actor.workspaces !== '*' && !actor.workspaces.includes(workspaceId)) return false;
  return (
    actor.permissions.has(permission) ||
    (actor.workspace_permissions?.get(workspaceId)?.has(permission) ?? false)
  );
}
