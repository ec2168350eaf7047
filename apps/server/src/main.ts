// The program: reads the configuration, does what it was asked to, and stops cleanly. The only reader of process.env.
import { enableCompileCache } from 'node:module';
import { ConfigurationError, renderConfigurationDocs } from './platform/config.ts';
import { createLog } from './platform/log.ts';

type Command = (env: Environment, args: string[]) => Promise<void> | void;

/** Loaded only when asked for: `print-openapi` needs no database, `doctor` no server. */
const commands: Record<string, () => Promise<Command>> = {
  start: async () => (await import('./commands/start.ts')).start,
  migrate: async () => (await import('./commands/migrate.ts')).migrate,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  'create-admin': async () => (await import('./commands/create-admin.ts')).createAdmin,
  'print-openapi': async () => (await import('./commands/print-openapi.ts')).printOpenapi,
  'print-configuration-docs': async () => () => void process.stdout.write(renderConfigurationDocs()),
};

export type Environment = Record<string, string | undefined>;

async function main(): Promise<void> {
  const [name = 'start', ...args] = process.argv.slice(2);
  const command = commands[name];
  if (!command) {
    process.stderr.write(`There is no command "${name}". Commands: ${Object.keys(commands).join(', ')}.\n`);
    process.exitCode = 2;
    return;
  }
  try {
    await (await command())(process.env, args);
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${sayError(error)}\n`);
    if (name === 'start') process.exit();
  }
}

function sayError(error: unknown): string {
  const plain = error instanceof ConfigurationError || (error as Error).constructor.name === 'FolderInUse';
  if (plain) return (error as Error).message;
  const { code, message, stack } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return 'The port is in use. Stop the other program, or choose another port with SERVER_PORT.';
  if (code === 'ECONNREFUSED' || code === '28P01' || code === '3D000' || code === 'ENOTFOUND')
    return `The database is not reachable: ${message}. Check DATABASE_URL.`;
  return stack ?? String(error);
}

/** Logs and ends the process when something was thrown where nobody could catch it: a broken server does not go on. */
function dieLoudly(kind: string): (error: unknown) => void {
  return (error) => {
    createLog('fatal').fatal({ err: error }, kind);
    process.exit(70);
  };
}

process.on('uncaughtException', dieLoudly('uncaught exception'));
process.on('unhandledRejection', dieLoudly('unhandled rejection'));
enableCompileCache(); // what was compiled once is not compiled again: half a second at every start
await main();
