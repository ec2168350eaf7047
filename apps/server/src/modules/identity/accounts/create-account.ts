// A person's account is made; it belongs to the platform, and no organization can read or change it.
import { PLATFORM_ORGANIZATION, systemActor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import type { Identity } from '../create-identity.ts';
import { type AccountRow, addAccount, findAccountByEmail } from './store.ts';

export type NewAccount = { email: string; name: string; password: string; platform_admin?: boolean };
type Deps = Pick<Identity, 'db' | 'events' | 'clock' | 'passwords'>;

/** Makes the account and announces `account.created` on the platform; the existing one when the address has one already. Whether the password is strong is for the caller to check. */
export async function createAccount(deps: Deps, input: NewAccount): Promise<AccountRow> {
  const email = input.email.toLowerCase();
  const password_hash = await deps.passwords.hash(input.password);
  return deps.db.asPlatform(null, async (tx) => {
    const added = await addAccount(tx, {
      account_id: newId(deps.clock.now()),
      email,
      name: input.name,
      password_hash,
      platform_admin: input.platform_admin ?? false,
      password_changed_at: new Date(deps.clock.now()),
    });
    if (!added) return (await findAccountByEmail(tx, email))!;
    await deps.events.announceOnPlatform(tx, systemActor(PLATFORM_ORGANIZATION), {
      type: 'account.created',
      subject_type: 'account',
      subject_id: added.account_id,
      details: { email, platform_admin: added.platform_admin },
    });
    return added;
  });
}
