// The `insula` program: hands this terminal and environment to the command line. The only reader of process.env.
import { runCli } from './build-program.ts';

const { env, stdin, stdout, stderr } = process;
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
const code = await runCli({ env, stdin, stdout, stderr }, process.argv.slice(2));
if (code !== 0) process.exitCode = code;
