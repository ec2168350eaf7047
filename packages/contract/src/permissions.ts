// Every permission there is, and the fixed roles made of them (access matrix of the product: platform admin, tenant
// admin, user, read-only, guest). A custom role is any subset of what its creator has.
import { z } from 'zod';

/** Permissions inside an organization, `noun:verb`. */
export const organizationPermissions = [
  'organization:read',
  'organization:write',
  'workspaces:read',
  'workspaces:write',
  'members:read',
  'members:write',
  'roles:read',
  'roles:write',
  'keys:read',
  'keys:write',
  'credentials:read',
  'credentials:write',
  'configuration:read',
  'configuration:write',
  'agents:read',
  'agents:write',
  'prompts:read',
  'prompts:write',
  'ai:query',
  'knowledge:search',
  'knowledge:read',
  'knowledge:write',
  'models:read',
  'models:write',
  'usage:read',
  'requests:read',
  'billing:read',
  'audit:read',
  'encryption:write',
] as const;

/** Permissions over the platform itself; no organization can grant them. */
export const platformPermissions = ['platform:organizations', 'platform:operate'] as const;

export const permission = z.enum(organizationPermissions);
export type OrganizationPermission = (typeof organizationPermissions)[number];
export type Permission = OrganizationPermission | (typeof platformPermissions)[number];

const reads: OrganizationPermission[] = [
  'organization:read',
  'workspaces:read',
  'agents:read',
  'prompts:read',
  'knowledge:read',
  'models:read',
  'usage:read',
];
const uses: OrganizationPermission[] = [...reads, 'ai:query', 'knowledge:search'];

/** Roles that hold in the whole organization. `guest` has nothing by itself and sees the workspaces it has a role in. */
export const fixedRoles: Record<'admin' | 'user' | 'readonly' | 'guest', readonly OrganizationPermission[]> =
  {
    admin: organizationPermissions,
    user: uses,
    readonly: reads,
    guest: [],
  };

/** Roles that hold in one workspace. */
export const workspaceRoles: Record<
  'workspace_admin' | 'editor' | 'viewer',
  readonly OrganizationPermission[]
> = {
  workspace_admin: [
    ...uses,
    'workspaces:write',
    'keys:read',
    'keys:write',
    'credentials:read',
    'credentials:write',
    'models:write',
    'requests:read',
    'agents:write',
    'prompts:write',
    'knowledge:write',
    'configuration:read',
  ].filter((p) => p !== 'organization:read') as OrganizationPermission[],
  editor: [
    'workspaces:read',
    'agents:read',
    'agents:write',
    'prompts:read',
    'prompts:write',
    'knowledge:read',
    'knowledge:write',
    'models:read',
    'usage:read',
    'ai:query',
    'knowledge:search',
  ],
  viewer: [
    'workspaces:read',
    'agents:read',
    'prompts:read',
    'knowledge:read',
    'models:read',
    'usage:read',
    'knowledge:search',
  ],
};

/** What an API key may be given: the short names of the product's surfaces, or any permission of an organization. */
export const keyScopes = ['chat', 'embeddings', 'search', 'models', ...organizationPermissions] as const;
export type KeyScope = (typeof keyScopes)[number];

const shortScopes: Record<string, OrganizationPermission[]> = {
  chat: ['ai:query', 'models:read'],
  embeddings: ['ai:query', 'models:read'],
  search: ['knowledge:search', 'knowledge:read'],
  models: ['models:read'],
};

/** The permissions that a list of key scopes stands for. */
export function permissionsOfScopes(scopes: readonly string[]): Set<Permission> {
  return new Set(scopes.flatMap((scope) => shortScopes[scope] ?? [scope as OrganizationPermission]));
}
