// start, migrate, doctor, create-admin: the server's own program on this machine, with this terminal.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../terminal/shell.ts';

const commands = [
  { name: 'start', words: 'Start the server and keep it running until Ctrl-C' },
  {
    name: 'migrate',
    words: 'Bring the database up to date',
    flag: '--check',
    says: 'only say what is missing',
  },
  { name: 'doctor', words: 'Look at everything a server needs, and say what to mend' },
  { name: 'create-admin', words: 'Make somebody administrator of the platform', argument: '<email>' },
];

/** Adds the commands that run the server's program; their exit codes are the program's. */
export function addServerCommands(program: Command): void {
  program.commandsGroup('The server on this machine:');
  for (const { name, words, flag, says, argument } of commands) {
    const command = program.command(name).description(words).allowUnknownOption().allowExcessArguments();
    if (flag) command.option(flag, says);
    if (argument) command.argument(argument);
    command.action(async () => {
      const at = program.args.indexOf(name);
      process.exitCode = await runServer(name, program.args.slice(at + 1));
    });
  }
}

async function runServer(command: string, args: string[]): Promise<number> {
  const main = join(import.meta.dirname, '../../../server/src/main.ts');
  if (!existsSync(main)) throw new UsageError('The server is not installed beside this command line.');
  const server = spawn(process.execPath, [main, command, ...args], { stdio: 'inherit' });
  const passOn = (signal: NodeJS.Signals) => server.kill(signal);
  // Ctrl-C reaches the server from the terminal itself; this process only has to outlive it.
  const ignore = () => {};
  process.on('SIGINT', process.stdin.isTTY ? ignore : passOn).on('SIGTERM', passOn);
  const [code, signal] = (await once(server, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1);
}
