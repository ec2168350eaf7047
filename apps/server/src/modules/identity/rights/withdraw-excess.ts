// What somebody handed out does not outlive the rights it was handed out with: keys and open invitations go in the same
// transaction in which their maker is removed, suspended or given less. (What a key may do follows its maker at every call.)
import type { TenantTx } from '../../../platform/db/door.ts';
import { missingRights, noRights, type Rights, rightsIn } from './assert-covers.ts';
import { findRolePermissions, placedRights, readRights } from './read-rights.ts';
import {
  deleteInvitations,
  findPeople,
  listInvitationsBy,
  listKeysBy,
  type MadeInvitation,
  revokeKeys,
} from './store.ts';

export type Withdrawn = { keys_revoked: number; invitations_withdrawn: number };
type At = { organizationId: string; memberIds: string[]; nowMs: number };
type RightsOf = (memberId: string | null) => Rights;

/** Revokes keys and takes back open invitations of the members given that they could not make any more; answers how many. */
export async function withdrawExcess(tx: TenantTx, at: At): Promise<Withdrawn> {
  if (at.memberIds.length === 0) return { keys_revoked: 0, invitations_withdrawn: 0 };
  const { organizationId } = at;
  const people = (await findPeople(tx, at)).filter((one) => one.status === 'active');
  const rights = await readRights(tx, { organizationId, people });
  const rightsOf: RightsOf = (memberId) => (memberId && rights.get(memberId)) || noRights;
  return {
    keys_revoked: await withdrawKeys(tx, at, rightsOf),
    invitations_withdrawn: await withdrawInvitations(tx, at, rightsOf),
  };
}

async function withdrawKeys(tx: TenantTx, at: At, rightsOf: RightsOf): Promise<number> {
  const ids = (await listKeysBy(tx, at))
    .filter(
      (key) => missingRights(rightsOf(key.created_by), rightsIn(key.workspace_id, ['keys:write'])).length,
    )
    .map((key) => key.id);
  if (ids.length > 0)
    await revokeKeys(tx, { organizationId: at.organizationId, ids, at: new Date(at.nowMs) });
  return ids.length;
}

async function withdrawInvitations(tx: TenantTx, at: At, rightsOf: RightsOf): Promise<number> {
  const { organizationId } = at;
  const ids: string[] = [];
  for (const one of await listInvitationsBy(tx, { ...at, now: new Date(at.nowMs) }))
    if (!(await couldInvite(tx, { organizationId, invitation: one, inviter: rightsOf(one.invited_by) })))
      ids.push(one.id);
  if (ids.length > 0) await deleteInvitations(tx, { organizationId, ids });
  return ids.length;
}

async function couldInvite(
  tx: TenantTx,
  at: { organizationId: string; invitation: MadeInvitation; inviter: Rights },
): Promise<boolean> {
  const { organizationId, invitation, inviter } = at;
  if (!inviter.organization.has('members:write')) return false;
  const organization = await findRolePermissions(tx, { organizationId, role: invitation.role });
  if (!organization) return false;
  return (
    missingRights(inviter, { organization, workspaces: placedRights(invitation.workspace_roles) }).length ===
    0
  );
}
