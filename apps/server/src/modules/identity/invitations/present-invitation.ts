// An invitation as the contract shows it, without its secret.
import type { invitation } from '@insula/contract/invitations';
import type { z } from 'zod';
import type { InvitationRow } from './store.ts';

export type Invitation = z.infer<typeof invitation>;

/** Presents a row, with moments as text. */
export function presentInvitation(row: InvitationRow): Invitation {
  return {
    id: row.id,
    email: row.email,
    role: row.role,
    workspace_roles: row.workspace_roles as Invitation['workspace_roles'],
    invited_by: row.invited_by,
    expires_at: row.expires_at.toISOString(),
    created_at: row.created_at.toISOString(),
  };
}
