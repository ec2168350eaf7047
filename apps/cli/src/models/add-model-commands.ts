// chat, model, quickstart: the shortest way from a running server to an answer of a model.
import type { Command } from 'commander';
import { openAccount } from '../account/open-account.ts';
import { readAll } from '../terminal/ask.ts';
import { type Shell, UsageError } from '../terminal/shell.ts';
import { formatFor, writeResult } from '../terminal/write-result.ts';
import { askModel, listModels } from './ask-model.ts';
import { quickstart } from './quickstart.ts';

type Flags = { url?: string; output?: string; model?: string; system?: string };

const urlFlag = ['--url <address>', 'the server (saved from the login; INSULA_URL)'] as const;
const outputFlag = ['--output <format>', 'table or json (table on a terminal)'] as const;

/** Adds the commands that talk to models. */
export function addModelCommands(program: Command, shell: Shell): void {
  program.commandsGroup('First steps:');
  program
    .command('quickstart')
    .description('Sign in to a development server, make an API key, and show how to use it')
    .option(...urlFlag)
    .option(...outputFlag)
    .action((flags: Flags) => quickstart(shell, openAccount(shell, flags), formatFor(shell, flags.output)));
  program
    .command('chat')
    .argument('[question]', 'what to ask; read from standard input when left out or -')
    .description('Ask a model; the answer is streamed to standard output')
    .option('--model <name>', 'which model (insula model list)')
    .option('--system <text>', 'instructions for the model')
    .option(...urlFlag)
    .action(async (question: string | undefined, flags: Flags) => {
      const piped = question === undefined || question === '-';
      if (piped && shell.stdin.isTTY)
        throw new UsageError('Ask something: insula chat "Why is the sky blue?"');
      const text = piped ? await readAll(shell.stdin) : question;
      await askModel(shell, openAccount(shell, flags), { text, model: flags.model, system: flags.system });
    });
  const model = program.command('model').alias('models').description('The models you may use');
  model
    .command('list')
    .alias('ls')
    .description('List the models you may use')
    .option(...urlFlag)
    .option(...outputFlag)
    .action(async (flags: Flags) => {
      const data = await listModels(openAccount(shell, flags));
      writeResult(shell, { data }, formatFor(shell, flags.output));
    });
}
