// What a person reads when a command fails, and the exit code a script sees: 1 for a problem, 2 for wrong usage.
import { InsulaError } from '@insula/sdk';
import { CommanderError } from 'commander';
import { plainText, type Shell, UsageError } from './shell.ts';

/** Writes the error to stderr in words and answers the exit code. */
export function sayError({ stderr, env }: Pick<Shell, 'stderr' | 'env'>, error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) {
    stderr.write(`${error.message}\n`);
    return 2;
  }
  if (error instanceof InsulaError) {
    stderr.write(`${plainText(error.detail)}\n${hintFor(error)}`);
    const facts = [error.code, error.status > 0 ? `status ${error.status}` : '', error.requestId ?? ''];
    if (error.status > 0)
      stderr.write(`(${facts[0]}, ${facts[1]}${facts[2] ? `, request ${facts[2]}` : ''})\n`);
    return 1;
  }
  const { message, stack } = error as Error;
  stderr.write(`${env.INSULA_DEBUG ? stack : (message ?? String(error))}\n`);
  return 1;
}

const hints: Record<string, string> = {
  unauthenticated: 'Log in with: insula login\n',
  refresh_token_invalid: 'Log in with: insula login\n',
  organization_needed: 'Name it with: insula login --organization <slug>\n',
  unreachable: 'Start one with: insula start, or name its address with --url.\n',
};

function hintFor(error: InsulaError): string {
  return hints[error.code] ?? '';
}
