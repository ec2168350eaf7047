// In which organization somebody signs in: the one named, or the only one there is. Asked only after the password proved
// right, and an organization the account does not belong to answers like a wrong password.
import { identityProblem } from '@insula/contract/identity';
import { tenancyProblem } from '@insula/contract/tenancy';
import { systemActor } from '../../../platform/actor.ts';
import type { MembershipHint } from '../accounts/store.ts';
import type { Identity } from '../create-identity.ts';
import { findMemberOfAccount, type MemberRow } from '../gate/store.ts';
import { type Denial, isNamed } from './create-denial-recorder.ts';
import type { Proven } from './prove-account.ts';

type Membership = { hint: MembershipHint; member: MemberRow };
type Deps = Pick<Identity, 'db'>;
type Deny = (reason: Denial['reason']) => Promise<void>;

/** The organizations the account is really a member of, by name: the member's row there decides. */
export async function listMemberships(
  deps: Deps,
  accountId: string,
  hints: MembershipHint[],
): Promise<Membership[]> {
  const found: Membership[] = [];
  for (const hint of hints) {
    const { organization_id: organizationId } = hint;
    const member = await deps.db.as(systemActor(organizationId), (tx) =>
      findMemberOfAccount(tx, { organizationId, accountId }),
    );
    if (member) found.push({ hint, member });
  }
  return found;
}

/** The member to sign in as; throws what tells the person which organization to name, or why it does not open. `deny` records it. */
export async function chooseMember(
  deps: Deps,
  proven: Proven & { named: string | undefined },
  deny: Deny,
): Promise<MemberRow> {
  const named = proven.named?.toLowerCase();
  const hints = named === undefined ? proven.hints : proven.hints.filter((hint) => isNamed(hint, named));
  const memberships = await listMemberships(deps, proven.account.account_id, hints);
  const [chosen] = memberships;
  if (!chosen) {
    await deny(named === undefined ? 'no_organization' : 'organization');
    throw identityProblem(named === undefined ? 'no_organization' : 'sign_in_failed');
  }
  if (memberships.length > 1) {
    await deny('organization_needed');
    const organizations = memberships.map(({ hint }) => referTo(hint));
    throw identityProblem('organization_needed', { organizations });
  }
  return admit(chosen, proven.account.platform_admin, deny);
}

async function admit({ hint, member }: Membership, platformAdmin: boolean, deny: Deny): Promise<MemberRow> {
  if (hint.status !== 'active' && !platformAdmin) {
    await deny('organization_suspended');
    throw tenancyProblem('organization_suspended');
  }
  if (member.status !== 'active') {
    await deny('member_suspended');
    throw identityProblem('member_suspended');
  }
  return member;
}

/** An organization as a person knows it. */
export function referTo(hint: MembershipHint): { id: string; slug: string; name: string } {
  return { id: hint.organization_id, slug: hint.slug, name: hint.name };
}
