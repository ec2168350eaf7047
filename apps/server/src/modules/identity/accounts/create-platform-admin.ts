// The operator's way in: an account with rights over the platform, at home in the default organization.
import { PLATFORM_ORGANIZATION, systemActor } from '../../../platform/actor.ts';
import { DEFAULT_ORGANIZATION } from '../../tenancy/index.ts';
import type { Identity } from '../create-identity.ts';
import { addFirstMember } from './add-first-member.ts';
import { assertStrongPassword } from './assert-strong-password.ts';
import { createAccount } from './create-account.ts';
import { ensureDefaultOrganization } from './ensure-development-login.ts';
import { changePasswordHash, findAccount, notifyMemberships, promoteAccount } from './store.ts';

/** Makes the account a platform admin with this password, whether it existed or not; its other sessions end. Throws `password_weak`. */
export async function createPlatformAdmin(
  identity: Identity,
  input: { email: string; password: string },
): Promise<{ account_id: string; organization_id: string }> {
  const { email, password } = input;
  assertStrongPassword(password, email);
  await ensureDefaultOrganization(identity, { name: 'Platform team', slug: 'default' });
  const made = await createAccount(identity, {
    email,
    name: email.split('@')[0]!,
    password,
    platform_admin: true,
  });
  const { account_id } = made;
  if (!made.platform_admin || !(await identity.passwords.isRight(made.password_hash, password)))
    await promote(identity, account_id, password);
  await addFirstMember(identity, DEFAULT_ORGANIZATION, made);
  return { account_id, organization_id: DEFAULT_ORGANIZATION };
}

async function promote(identity: Identity, accountId: string, password: string): Promise<void> {
  const to = await identity.passwords.hash(password);
  await identity.db.asPlatform(null, async (tx) => {
    const account = await findAccount(tx, accountId);
    await promoteAccount(tx, accountId);
    const at = new Date(identity.clock.now());
    await changePasswordHash(tx, { accountId, from: account?.password_hash ?? null, to, at });
    await identity.events.announceOnPlatform(tx, systemActor(PLATFORM_ORGANIZATION), {
      type: 'account.promoted',
      subject_type: 'account',
      subject_id: accountId,
    });
    await notifyMemberships(tx, accountId);
  });
}
