// login, logout, whoami, use: who the command line acts as, and where.
import { InsulaError } from '@insula/sdk';
import type { Command } from 'commander';
import { findPlace, isId } from '../endpoints/resolve-id.ts';
import { type Shell, UsageError } from '../terminal/shell.ts';
import { formatFor, writeResult } from '../terminal/write-result.ts';
import type { Place } from './credentials-file.ts';
import { enterOrganization, findDefaultWorkspace, type LoginFlags, logIn } from './log-in.ts';
import { type Account, openAccount } from './open-account.ts';

type Flags = LoginFlags & { url?: string; output?: string };

/** Adds the commands of the account. */
export function addAccountCommands(program: Command, shell: Shell): void {
  program.commandsGroup('Your account:');
  withUrl(program.command('login'))
    .description('Sign in and remember it on this machine')
    .option('--email <address>', 'your e-mail address (asked for otherwise)')
    .option('--password-stdin', 'read the password from standard input instead of asking')
    .option('--organization <slug>', 'needed when your account belongs to several')
    .action(async (flags: Flags) => {
      const account = openAccount(shell, { ...flags, home: true });
      const { user, organization } = await logIn(shell, account, flags);
      const { workspace } = account.login();
      shell.stdout.write(`Signed in to ${account.url} as ${user.email}.\n`);
      shell.stdout.write(`Organization ${sayPlace(organization)}, workspace ${sayPlace(workspace)}.\n`);
    });
  withUrl(program.command('logout'))
    .description('End the session, here and on the server')
    .action((flags: Flags) => logOut(shell, openAccount(shell, { ...flags, home: true })));
  withUrl(program.command('whoami'))
    .description('Who you are, where, and what you may do')
    .option('--output <format>', 'table or json')
    .action(async (flags: Flags) => {
      const account = openAccount(shell, flags);
      const me = await account.insula.auth.me();
      const workspace = account.login().workspace ?? null;
      const format = formatFor(shell, flags.output);
      writeResult(shell, { server: account.url, ...me, workspace }, format);
    });
  addUse(program, shell);
}

function addUse(program: Command, shell: Shell): void {
  const use = program.command('use').description('Choose where commands act from now on');
  withUrl(use.command('workspace'))
    .argument('<workspace>', 'its id or slug')
    .description('Act in this workspace')
    .action(async (named: string, flags: Flags) => {
      const account = openAccount(shell, flags);
      const workspace = await findPlace(account, { thing: 'workspace', named });
      account.file.change(account.url, { workspace });
      shell.stdout.write(`Workspace ${sayPlace(workspace)}.\n`);
    });
  withUrl(use.command('organization').alias('org').alias('tenant'))
    .argument('<organization>', 'its id or slug')
    .description('Act in this organization')
    .action((named: string, flags: Flags) =>
      useOrganization(shell, openAccount(shell, { ...flags, home: true }), named),
    );
}

/** A member gets a session there; an operator of the platform, who belongs nowhere, only looks there from now on. */
async function useOrganization(shell: Shell, account: Account, named: string): Promise<void> {
  const { insula, file, url } = account;
  const { data } = await insula.auth.listOrganizations();
  const own = data.find((one) => (isId(named) ? one.id === named.toLowerCase() : one.slug === named));
  if (own) {
    await enterOrganization(account, await insula.switchOrganization(own.id));
  } else {
    const organization = await findPlace(account, { thing: 'organization', named });
    const workspace = await findDefaultWorkspace(insula, organization.id);
    file.change(url, { organization, workspace, visiting: true });
  }
  const { organization, workspace } = account.login();
  shell.stdout.write(`Organization ${sayPlace(organization)}, workspace ${sayPlace(workspace)}.\n`);
}

async function logOut(shell: Shell, account: Account): Promise<void> {
  const { insula, file, url } = account;
  if (!account.login().session) throw new UsageError(`Nobody is signed in to ${url}.`);
  const told = await insula.signOut().then(
    () => true,
    (error: unknown) => {
      if (error instanceof InsulaError) return false;
      throw error;
    },
  );
  file.change(url, { session: undefined, organization: undefined, workspace: undefined, visiting: false });
  shell.stdout.write(
    told
      ? `Signed out of ${url}.\n`
      : `Signed out here; ${url} could not be told, the session ends there by itself.\n`,
  );
}

function withUrl(command: Command): Command {
  return command.option('--url <address>', 'the server (saved from the login; INSULA_URL)');
}

function sayPlace(place: Place | undefined): string {
  return place ? `"${place.name}" (${place.slug})` : 'none';
}
