// The command line as a whole: the server on this machine, the account, models, every endpoint of the API.
import { Command } from 'commander';
import { addAccountCommands } from './account/add-account-commands.ts';
import { addEndpointCommands } from './endpoints/add-endpoint-commands.ts';
import { addImportCommands } from './imports/add-import-commands.ts';
import { addIngestCommands } from './ingest/add-ingest-commands.ts';
import { addInvoiceCommands } from './invoices/add-invoice-commands.ts';
import { addModelCommands } from './models/add-model-commands.ts';
import { addPriceCommands } from './prices/add-price-commands.ts';
import { addServerCommands } from './server/add-server-commands.ts';
import { sayError } from './terminal/say-error.ts';
import type { Shell } from './terminal/shell.ts';
import { addTestCommands } from './tests/add-test-commands.ts';
import { createVerifyCommand } from './verify-trail.ts';

const epilogue = `
Names: wherever a workspace, organization or agent is asked for, its slug will do.
Output: a table on a terminal, JSON otherwise; --output json or --output table decides.
Exit codes: 0 done, 1 the server said no, 2 wrong usage.
Environment: INSULA_URL, INSULA_API_KEY (go before the saved login), XDG_CONFIG_HOME.

Start here:
  insula start                          # in one terminal
  insula quickstart                     # in another
  insula chat "Hello!"
  insula ingest --directory ./documents
  insula ask "How many days of leave do I have?"
  insula workspace create --name Lab
  insula key create --workspace-id lab --name ci --scopes chat,search
`;

/** Builds the program for these arguments; commands write to the shell given. */
function buildProgram(shell: Shell, args: string[]): Command {
  const program = new Command('insula')
    .description('Insula: a self-hosted, multi-tenant AI platform')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void shell.stdout.write(text),
      writeErr: (text) => void shell.stderr.write(text),
      getOutHelpWidth: () => shell.stdout.columns ?? 110,
      getErrHelpWidth: () => shell.stderr.columns ?? 110,
    })
    .configureHelp({
      subcommandTerm: (command) => command.name(),
      visibleCommands: (command) => [...command.commands],
    })
    .showSuggestionAfterError()
    .addHelpText('after', epilogue);
  addModelCommands(program, shell);
  addIngestCommands(program, shell);
  addServerCommands(program);
  addAccountCommands(program, shell);
  addEndpointCommands(program, shell, args);
  addPriceCommands(program, shell);
  addInvoiceCommands(program, shell);
  addTestCommands(program, shell);
  addImportCommands(program, shell);
  program.commandsGroup('Without any server:');
  program.addCommand(createVerifyCommand().copyInheritedSettings(program));
  return program;
}

/** Runs the command line and answers its exit code; never throws. */
export async function runCli(shell: Shell, args: string[]): Promise<number> {
  const spelled = args.length > 0 ? args.map(spellFlag) : ['--help'];
  try {
    await buildProgram(shell, spelled).parseAsync(spelled, { from: 'user' });
    return 0;
  } catch (error) {
    return sayError(shell, error);
  }
}

/** Flags may be spelled as the fields of the API are: `--workspace_id` is `--workspace-id`. */
function spellFlag(argument: string): string {
  return argument.replace(/^--[a-z][\w-]*/i, (flag) => flag.replaceAll('_', '-'));
}
