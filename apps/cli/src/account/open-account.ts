// Who the command line acts as, on which server, and where: from the environment, or from the saved login.
import { createInsula, type Insula, type SessionStore } from '@insula/sdk';
import { type Shell, UsageError } from '../terminal/shell.ts';
import { type CredentialsFile, type Login, openCredentials } from './credentials-file.ts';

export type Account = {
  url: string;
  insula: Insula;
  file: CredentialsFile;
  /** What is remembered of this server. */
  login(): Login;
  /** The organization to act in; asks the server when an API key is used. */
  organizationId(): Promise<string>;
  workspaceId(): Promise<string>;
};

const defaultUrl = 'http://127.0.0.1:8000';

/** Where a command goes; `home` means the person's own organization, even while they visit another. */
export type Way = { url?: string | undefined; home?: boolean };

/** Opens the account for a command; INSULA_URL and INSULA_API_KEY go before what is saved. */
export function openAccount({ env }: Pick<Shell, 'env'>, given: Way): Account {
  const file = openCredentials(env);
  const url = readUrl(given.url ?? (env.INSULA_URL || undefined) ?? file.current() ?? defaultUrl);
  const apiKey = env.INSULA_API_KEY || undefined;
  const login = () => (apiKey ? {} : file.find(url));
  const insula = createInsula({
    url,
    apiKey,
    session: keepSession(file, url),
    headers: { 'user-agent': 'insula-cli', ...(given.home ? {} : visitHeaders(login())) },
  });
  const me = once(() => insula.auth.me());
  return {
    url,
    insula,
    file,
    login,
    organizationId: async () => login().organization?.id ?? (await me()).organization.id,
    workspaceId: async () => {
      const id = login().workspace?.id ?? (await me()).workspaces?.[0];
      if (id) return id;
      throw new UsageError(
        'Name the workspace with --workspace-id, or choose one: insula use workspace <slug>',
      );
    },
  };
}

function visitHeaders({ visiting, organization }: Login): Record<string, string> {
  return visiting && organization ? { 'x-tenant-id': organization.id } : {};
}

function keepSession(file: CredentialsFile, url: string): SessionStore {
  return {
    read: () => file.find(url).session,
    write: (session) => file.change(url, { session }),
  };
}

function readUrl(text: string): string {
  const full = /^https?:\/\//.test(text) ? text : `http://${text}`;
  if (!URL.canParse(full)) throw new UsageError(`"${text}" is not the address of a server.`);
  return full.replace(/\/+$/, '');
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= work();
    return made;
  };
}
