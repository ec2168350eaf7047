// Signing in at the terminal, and remembering where: the organization, and its default workspace.
import type { Insula, SignedIn } from '@insula/sdk';
import { pages } from '@insula/sdk';
import { askLine, askSecret, readAll } from '../terminal/ask.ts';
import type { Shell } from '../terminal/shell.ts';
import type { Place } from './credentials-file.ts';
import type { Account } from './open-account.ts';

export type LoginFlags = {
  email?: string | undefined;
  passwordStdin?: boolean | undefined;
  organization?: string | undefined;
};

/** Signs in, asking for what was not given, and saves the session. */
export async function logIn(shell: Shell, account: Account, flags: LoginFlags): Promise<SignedIn> {
  const email = flags.email ?? (await askLine(shell, 'E-mail: ', '--email'));
  const password = flags.passwordStdin
    ? await readAll(shell.stdin)
    : await askSecret(shell, 'Password: ', '--password-stdin and pipe the password in');
  return signIn(account, { email, password, organization: flags.organization });
}

/** Signs in with what is known already, and saves the session. */
export async function signIn(
  account: Account,
  { email, password, organization }: { email: string; password: string; organization?: string | undefined },
): Promise<SignedIn> {
  const signed = await account.insula.signIn(email, password, { organization });
  await enterOrganization(account, signed);
  return signed;
}

/** Remembers the organization of a session, and the workspace to start in. */
export async function enterOrganization(account: Account, signed: SignedIn): Promise<void> {
  const { file, url, insula } = account;
  const { organization } = signed;
  file.change(url, { email: signed.user.email, organization, workspace: undefined, visiting: false });
  file.change(url, { workspace: await findDefaultWorkspace(insula, organization.id) });
}

/** The default workspace of an organization, else the first in sight; undefined when there is none to see. */
export async function findDefaultWorkspace(
  insula: Insula,
  organizationId: string,
): Promise<Place | undefined> {
  const organization = await insula.organizations
    .get({ organization_id: organizationId })
    .catch(() => undefined);
  let first: Place | undefined;
  try {
    for await (const { id, slug, name } of pages(insula.workspaces.list, {
      organization_id: organizationId,
      limit: 100,
    })) {
      first ??= { id, slug, name };
      if (id === organization?.default_workspace_id) return { id, slug, name };
    }
  } catch {
    return first;
  }
  return first;
}
