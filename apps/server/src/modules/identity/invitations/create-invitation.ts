// Inviting somebody: within the inviter's rights and the organization's number of people. The link goes by mail after the
// transaction, and is shown to the inviter once, so that it can be handed over where there is no mail server.
import { problem } from '@insula/contract';
import { memberProblem } from '@insula/contract/members';
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import { isMailAddress } from '../../../platform/mail/index.ts';
import type { Identity } from '../create-identity.ts';
import { countMembers, findMemberByEmail } from '../members/store.ts';
import { assertCovers, type Rights } from '../rights/assert-covers.ts';
import { changePeople } from '../rights/change-people.ts';
import { readOffer } from '../rights/read-rights.ts';
import { holdWorkspaces } from '../rights/store.ts';
import type { PlacedRole } from '../rights/tables.ts';
import { issueToken } from './invitation-token.ts';
import { type Invitation, presentInvitation } from './present-invitation.ts';
import { addInvitation, countOpenInvitations, findInvitationByEmail, type InvitationRow } from './store.ts';
import { writeInvitationMail } from './write-invitation-mail.ts';

const HOUR_MS = 3_600_000;

export type NewInvitation = {
  email: string;
  role: string;
  workspace_roles: PlacedRole[];
  expires_in_hours: number;
};

/** Makes an invitation, announces `invitation.created` and mails the link; throws `member_exists`, `invitation_open`, `too_many_members`, `role_unknown`, `rights_exceeded`, `workspace_not_found`. */
export async function createInvitation(
  deps: Identity,
  actor: Actor,
  input: NewInvitation,
): Promise<Invitation & { url: string; delivered: boolean }> {
  if (!isMailAddress(input.email))
    throw problem('invalid_request', { detail: 'email: mail cannot be sent to this address.' });
  const entry = await deps.directory.getEntry(actor.organization_id);
  const { token, tokenHash } = issueToken(actor.organization_id);
  const nowMs = deps.clock.now();
  const row: InvitationRow = {
    id: newId(nowMs),
    email: input.email,
    role: input.role,
    workspace_roles: input.workspace_roles,
    invited_by: actor.kind === 'member' ? actor.id : null,
    expires_at: new Date(nowMs + input.expires_in_hours * HOUR_MS),
    created_at: new Date(nowMs),
  };
  await changePeople(deps, actor, async (tx, giver) => {
    await assertMayInvite(tx, { actor, giver, row });
    await assertRoom(tx, { organizationId: actor.organization_id, row, limit: entry.max_users });
    await addInvitation(tx, { ...row, organization_id: actor.organization_id, token_hash: tokenHash });
    const { email, role, workspace_roles } = row;
    await deps.events.announce(tx, actor, {
      type: 'invitation.created',
      subject_type: 'invitation',
      subject_id: row.id,
      details: { email, role, workspace_roles, expires_at: row.expires_at.toISOString() },
    });
  });
  // Behind the #, so that it never reaches a server's log.
  const url = `${deps.publicUrl()}/join#token=${token}`;
  const { delivered } = await deps.mail.send(
    writeInvitationMail({ row, organizationName: entry.name, url, inviter: actor.name }),
  );
  return { ...presentInvitation(row), url, delivered };
}

async function assertMayInvite(
  tx: TenantTx,
  at: { actor: Actor; giver: Rights; row: InvitationRow },
): Promise<void> {
  const { actor, giver, row } = at;
  const organizationId = actor.organization_id;
  const workspaceIds = row.workspace_roles.map((one) => one.workspace_id);
  const found = await holdWorkspaces(tx, { organizationId, workspaceIds });
  for (const id of workspaceIds) {
    const seen = actor.workspaces === '*' || actor.workspaces.includes(id);
    if (!seen || !found.has(id)) throw tenancyProblem('workspace_not_found');
  }
  assertCovers(giver, await readOffer(tx, { organizationId, role: row.role, placed: row.workspace_roles }));
}

async function assertRoom(
  tx: TenantTx,
  at: { organizationId: string; row: InvitationRow; limit: number | null },
): Promise<void> {
  const { organizationId, row, limit } = at;
  const open = { organizationId, now: row.created_at };
  if (await findMemberByEmail(tx, { organizationId, email: row.email }))
    throw memberProblem('member_exists', { email: row.email });
  if (await findInvitationByEmail(tx, { ...open, email: row.email }))
    throw memberProblem('invitation_open', { email: row.email });
  if (limit === null) return;
  const taken = (await countMembers(tx, organizationId)) + (await countOpenInvitations(tx, open));
  if (taken >= limit) throw memberProblem('too_many_members', { limit });
}
