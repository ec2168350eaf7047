// The logins of this person on this machine, one for each server: a token never travels to another address than the one it
// is from. The file is readable by its owner only and replaced as a whole.
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Session } from '@insula/sdk';

export type Place = { id: string; slug: string; name: string };
/** What is remembered of a server; without a session, only where the person was. */
export type Login = {
  session?: Session | undefined;
  email?: string | undefined;
  organization?: Place | undefined;
  workspace?: Place | undefined;
  /** Whether an operator of the platform looks at an organization that is not their own. */
  visiting?: boolean | undefined;
};
type Content = { current?: string | undefined; servers: Record<string, Login> };

export type CredentialsFile = ReturnType<typeof openCredentials>;

/** Opens `insula/credentials.json` in the configuration folder of the person. */
export function openCredentials(env: Record<string, string | undefined>) {
  const path = join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'insula', 'credentials.json');

  function read(): Content {
    try {
      const content = JSON.parse(readFileSync(path, 'utf8')) as Partial<Content>;
      return { ...content, servers: content.servers ?? {} };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { servers: {} };
      throw new Error(`${path} cannot be read: ${(error as Error).message}`);
    }
  }

  function write(content: Content): void {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const aside = `${path}.${process.pid}`;
    writeFileSync(aside, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
    chmodSync(aside, 0o600);
    renameSync(aside, path);
  }

  return {
    path,
    /** The address used last. */
    current: () => read().current,
    find: (url: string): Login => read().servers[url] ?? {},
    /** Changes what is remembered of a server and makes it the current one. */
    change(url: string, changes: Login): void {
      const content = read();
      const servers = { ...content.servers, [url]: { ...content.servers[url], ...changes } };
      write({ current: url, servers });
    },
  };
}
