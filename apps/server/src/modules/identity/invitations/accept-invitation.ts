// Joining with an invitation. The account comes first, then the platform's note of where to look for it, then the member:
// whatever is interrupted can be repeated with the same link, because the link is used up with the member's row.
import { memberProblem } from '@insula/contract/members';
import { type Actor, PLATFORM_ORGANIZATION, systemActor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import { assertStrongPassword } from '../accounts/assert-strong-password.ts';
import { type AccountRow, addAccount, findAccountByEmail } from '../accounts/store.ts';
import type { Identity } from '../create-identity.ts';
import { addMember, countMembers, findMemberByEmail, putWorkspaceRole, renewHint } from '../members/store.ts';
import { holdWorkspaces, lockPeople } from '../rights/store.ts';
import type { SignedIn } from '../sessions/issue-tokens.ts';
import { type Origin, openSession } from '../sessions/open-session.ts';
import { proveAccount } from '../sessions/prove-account.ts';
import { type FoundInvitation, findInvitation } from './find-invitation.ts';
import { takeInvitation } from './store.ts';

export type Acceptance = { token: string; name?: string | undefined; password: string };

/** Makes the caller a member and signs in; announces `invitation.accepted`. Throws `invitation_not_found`, what a wrong or weak password throws, `member_exists`, `too_many_members`. */
export async function acceptInvitation(deps: Identity, from: Origin, input: Acceptance): Promise<SignedIn> {
  const found = await findInvitation(deps, { token: input.token, ip: from.ip });
  const account = await findOrMakeAccount(deps, from, { ...input, email: found.row.email });
  const { organizationId } = found;
  await deps.db.asPlatform(null, (tx) => renewHint(tx, { organizationId, accountId: account.account_id }));
  const { max_users: limit } = await deps.directory.getEntry(organizationId);
  const member = { id: newId(deps.clock.now()), name: input.name ?? account.name };
  const actor: Actor = {
    kind: 'member',
    id: member.id,
    name: found.row.email,
    organization_id: organizationId,
    workspaces: '*',
    permissions: new Set(),
    ip: from.ip,
    ...(from.requestId ? { request_id: from.requestId } : {}),
  };
  await deps.db.as(actor, (tx) => join(tx, { deps, found, actor, account, member, limit }));
  return openSession(deps, { organizationId, memberId: member.id, account }, from);
}

type Given = { email: string; name?: string | undefined; password: string };

async function findOrMakeAccount(deps: Identity, from: Origin, given: Given): Promise<AccountRow> {
  const { email, password } = given;
  const known = await deps.db.asPlatform(null, (tx) => findAccountByEmail(tx, email));
  const made = known ? undefined : await makeAccount(deps, from, given);
  // Also when somebody else made it a moment ago: then the password must be that one's.
  return made ?? (await proveAccount(deps, { ...from, email, password })).account;
}

async function makeAccount(deps: Identity, from: Origin, given: Given): Promise<AccountRow | undefined> {
  const { email, password } = given;
  assertStrongPassword(password, email);
  const password_hash = await deps.passwords.hash(password);
  const nowMs = deps.clock.now();
  const account = {
    account_id: newId(nowMs),
    email,
    name: given.name ?? email.split('@')[0]!,
    password_hash,
    platform_admin: false,
    password_changed_at: new Date(nowMs),
  };
  const actor = { ...systemActor(PLATFORM_ORGANIZATION, email), kind: 'anonymous' as const, ip: from.ip };
  return deps.db.asPlatform(null, async (tx) => {
    const added = await addAccount(tx, account);
    if (!added) return undefined;
    await deps.events.announceOnPlatform(
      tx,
      from.requestId ? { ...actor, request_id: from.requestId } : actor,
      {
        type: 'account.created',
        subject_type: 'account',
        subject_id: added.account_id,
        details: { email, platform_admin: false, by: 'invitation' },
      },
    );
    return added;
  });
}

type Joining = {
  deps: Identity;
  found: FoundInvitation;
  actor: Actor;
  account: AccountRow;
  member: { id: string; name: string };
  limit: number | null;
};

async function join(tx: TenantTx, joining: Joining): Promise<void> {
  const { deps, found, actor, account, member, limit } = joining;
  const { organizationId, tokenHash } = found;
  await lockPeople(tx, organizationId);
  const row = await takeInvitation(tx, { organizationId, tokenHash, now: new Date(deps.clock.now()) });
  if (!row) throw memberProblem('invitation_not_found');
  const { email } = row;
  if (await findMemberByEmail(tx, { organizationId, email })) throw memberProblem('member_exists', { email });
  if (limit !== null && (await countMembers(tx, organizationId)) >= limit)
    throw memberProblem('too_many_members', { limit });
  const { account_id } = account;
  await addMember(tx, { organization_id: organizationId, ...member, account_id, email, role: row.role });
  const workspaceIds = row.workspace_roles.map((one) => one.workspace_id);
  const standing = await holdWorkspaces(tx, { organizationId, workspaceIds });
  const placed = row.workspace_roles.filter((one) => standing.has(one.workspace_id));
  for (const { workspace_id: workspaceId, role } of placed)
    await putWorkspaceRole(tx, { organizationId, workspaceId, memberId: member.id, role });
  await deps.events.announce(tx, actor, {
    type: 'invitation.accepted',
    subject_type: 'member',
    subject_id: member.id,
    details: { email, role: row.role, workspace_roles: placed, invitation_id: row.id },
  });
}
