// Puts an account into an organization as its admin, without an invitation: for the server's own first steps.
import { systemActor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import type { Identity } from '../create-identity.ts';
import { findMemberOfAccount } from '../gate/store.ts';
import { addMember } from '../members/store.ts';
import { type AccountRow, addMembershipHint } from './store.ts';

/** Makes the account an admin of the organization and announces `member.added`; does nothing when it is a member already. Answers the member's id. */
export async function addFirstMember(
  identity: Pick<Identity, 'db' | 'events' | 'clock'>,
  organizationId: string,
  account: Pick<AccountRow, 'account_id' | 'email' | 'name'>,
): Promise<string> {
  const { account_id, email, name } = account;
  await identity.db.asPlatform(null, (tx) =>
    addMembershipHint(tx, { accountId: account_id, organizationId }),
  );
  const actor = systemActor(organizationId);
  return identity.db.as(actor, async (tx) => {
    const known = await findMemberOfAccount(tx, { organizationId, accountId: account_id });
    if (known) return known.id;
    const id = newId(identity.clock.now());
    await addMember(tx, { organization_id: organizationId, id, account_id, email, name, role: 'admin' });
    await identity.events.announce(tx, actor, {
      type: 'member.added',
      subject_type: 'member',
      subject_id: id,
      details: { email, role: 'admin' },
    });
    return id;
  });
}
