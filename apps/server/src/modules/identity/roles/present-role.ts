// Roles as the contract shows them: the fixed ones have ids below every other, so that one order pages through both.
import { fixedRoles } from '@insula/contract';
import type { role } from '@insula/contract/members';
import type { z } from 'zod';
import type { RoleRow } from './store.ts';

export type Role = z.infer<typeof role>;

const names: Record<keyof typeof fixedRoles, string> = {
  admin: 'Administrator',
  user: 'User',
  readonly: 'Read-only',
  guest: 'Guest',
};

/** The fixed roles, with well-known ids, in the order of lists (id descending). */
export const fixedRoleList: Role[] = Object.entries(fixedRoles)
  .map(([slug, permissions], index, all) => ({
    id: `00000000-0000-0000-0000-0000000000a${all.length - 1 - index}`,
    slug,
    name: names[slug as keyof typeof fixedRoles],
    permissions: [...permissions],
    fixed: true,
    created_at: null,
  }))
  .toSorted((a, b) => (a.id < b.id ? 1 : -1));

/** Presents a custom role. */
export function presentRole(row: RoleRow): Role {
  return {
    ...row,
    permissions: row.permissions as Role['permissions'],
    fixed: false,
    created_at: row.created_at.toISOString(),
  };
}
