// What a link invites to, for the page that asks for a name and a password.

import { findAccountByEmail } from '../accounts/store.ts';
import type { Identity } from '../create-identity.ts';
import { findInvitation } from './find-invitation.ts';

export type InvitationPreview = {
  organization_name: string;
  email: string;
  role: string;
  expires_at: string;
  account_exists: boolean;
};

/** The invitation behind a token, without using it up; throws `invitation_not_found`. */
export async function previewInvitation(
  deps: Identity,
  from: { token: string; ip: string },
): Promise<InvitationPreview> {
  const { row, organizationName } = await findInvitation(deps, from);
  const account = await deps.db.asPlatform(null, (tx) => findAccountByEmail(tx, row.email));
  return {
    organization_name: organizationName,
    email: row.email,
    role: row.role,
    expires_at: row.expires_at.toISOString(),
    account_exists: account !== undefined,
  };
}
