// The `insula` program: hands this terminal and environment to the command line. The only reader of process.env.
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const { env, stdin, stdout, stderr } = process;
// Kept between runs, in a folder nobody else can write to: it halves the time until a command does something.
enableCompileCache(join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'insula', 'node'));
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
const { runCli } = await import('./run-cli.ts');
const code = await runCli({ env, stdin, stdout, stderr }, process.argv.slice(2));
if (code !== 0) process.exitCode = code;
