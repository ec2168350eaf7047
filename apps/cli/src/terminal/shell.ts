// Where the command line reads and writes. Given by main.ts, so that every command can be run by a test.
import type { Readable, Writable } from 'node:stream';

export type Input = Readable & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown };
export type Output = Writable & { isTTY?: boolean; columns?: number };
export type Shell = {
  env: Record<string, string | undefined>;
  stdin: Input;
  stdout: Output;
  stderr: Output;
};

/** The person typed something that cannot work: said in words, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Takes control characters out, so that a name from a server cannot steer the terminal. */
export function plainText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '').replace(/[\n\t]/g, ' ');
}
