// Development mode opens with a known login: organization `localhost`, admin@localhost. What is there stays as it is, so
// later starts only look.
import { PLATFORM_ORGANIZATION, systemActor } from '../../../platform/actor.ts';
import { DEFAULT_ORGANIZATION, DEFAULT_WORKSPACE } from '../../tenancy/index.ts';
import type { Identity } from '../create-identity.ts';
import { addFirstMember } from './add-first-member.ts';
import { createAccount } from './create-account.ts';
import { developmentLogin } from './development-login.ts';
import { findAccountByEmail } from './store.ts';

/** Makes the default organization under a name and slug if there is none. */
export async function ensureDefaultOrganization(
  identity: Identity,
  input: { name: string; slug: string },
): Promise<void> {
  if (await identity.directory.findOrganization(DEFAULT_ORGANIZATION)) return;
  await identity.tenancy.provisionOrganization(systemActor(PLATFORM_ORGANIZATION), {
    ...input,
    id: DEFAULT_ORGANIZATION,
    workspace_id: DEFAULT_WORKSPACE,
    plan_tier: 'custom',
    data_region: 'main',
    placement: 'pooled',
  });
}

/** Makes the login of development mode as far as it is missing. */
export async function ensureDevelopmentLogin(identity: Identity): Promise<void> {
  if (!identity.config.devMode) throw new Error('The development login is for development mode only.');
  await ensureDefaultOrganization(identity, { name: 'localhost', slug: 'localhost' });
  const known = await identity.db.asPlatform(null, (tx) => findAccountByEmail(tx, developmentLogin.email));
  const account =
    known ??
    (await createAccount(identity, {
      ...developmentLogin,
      name: 'Local administrator',
      platform_admin: true,
    }));
  await addFirstMember(identity, DEFAULT_ORGANIZATION, account);
}
