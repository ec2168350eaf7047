// A member as the contract shows it: the account behind it is never shown.
import type { member } from '@insula/contract/members';
import type { z } from 'zod';
import type { PlacedRole } from '../rights/tables.ts';
import type { MemberRow } from './store.ts';

export type Member = z.infer<typeof member>;

/** Presents a row with the roles in workspaces that the reader can see. */
export function presentMember(row: MemberRow, placed: PlacedRole[]): Member {
  const { account_id: _, ...rest } = row;
  return {
    ...rest,
    status: row.status as Member['status'],
    workspace_roles: placed.map(({ workspace_id, role }) => ({
      workspace_id,
      role: role as Member['workspace_roles'][number]['role'],
    })),
    last_active_at: row.last_active_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  };
}
