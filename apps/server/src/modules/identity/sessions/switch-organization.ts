// The organizations of an account, and going from one to another: a new session there, for the member the account is there.
import { identityProblem } from '@insula/contract/identity';
import { tenancyProblem } from '@insula/contract/tenancy';
import { type Actor, systemActor } from '../../../platform/actor.ts';
import { findAccount, listMembershipHints } from '../accounts/store.ts';
import type { Identity } from '../create-identity.ts';
import { findMemberOfAccount } from '../gate/store.ts';
import { listMemberships, referTo } from './choose-member.ts';
import { ownSession } from './end-session.ts';
import type { SignedIn } from './issue-tokens.ts';
import { type Origin, openSession } from './open-session.ts';

/** The organizations the account belongs to, by name; throws `person_needed` for an API key. */
export async function listOwnOrganizations(
  identity: Identity,
  actor: Actor,
): Promise<{ data: { id: string; slug: string; name: string; role: string }[] }> {
  const { account_id: accountId } = actor;
  if (!accountId) throw identityProblem('person_needed');
  const hints = await identity.db.asPlatform(null, (tx) => listMembershipHints(tx, accountId));
  const memberships = await listMemberships(identity, accountId, hints);
  return { data: memberships.map(({ hint, member }) => ({ ...referTo(hint), role: member.role })) };
}

/** Opens a session in another organization of the account, in the way this one was opened; throws `organization_not_found` like for one that never was. */
export async function switchOrganization(
  identity: Identity,
  actor: Actor,
  input: { organizationId: string; from: Origin },
): Promise<SignedIn> {
  const { organizationId, from } = input;
  const { accountId, sessionId } = ownSession(actor);
  const current = await identity.sessions({ organizationId: actor.organization_id, sessionId });
  const account = await identity.db.asPlatform(null, (tx) => findAccount(tx, accountId));
  const entry = await identity.directory.findOrganization(organizationId);
  const known = entry?.status === 'active' || entry?.status === 'suspended';
  const member =
    known &&
    (await identity.db.as(systemActor(organizationId), (tx) =>
      findMemberOfAccount(tx, { organizationId, accountId }),
    ));
  if (!member || !account || !current) throw tenancyProblem('organization_not_found');
  if (entry.status === 'suspended' && !account.platform_admin) throw tenancyProblem('organization_suspended');
  if (member.status !== 'active') throw identityProblem('member_suspended');
  const { method } = current.session;
  return openSession(identity, { organizationId, memberId: member.id, account, method }, from);
}
