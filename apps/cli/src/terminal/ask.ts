// Questions to the person at the terminal, and what is piped in instead of an answer. A secret is never echoed.
import { createInterface } from 'node:readline/promises';
import { type Input, type Shell, UsageError } from './shell.ts';

/** Asks for a line; without a terminal it is a usage error that names the flag to use. */
export async function askLine({ stdin, stderr }: Shell, question: string, flag: string): Promise<string> {
  if (!stdin.isTTY) throw new UsageError(`Give ${flag}.`);
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    return (await lines.question(question)).trim();
  } finally {
    lines.close();
  }
}

/** Asks for a secret, showing nothing of it. */
export async function askSecret({ stdin, stderr }: Shell, question: string, flag: string): Promise<string> {
  if (!stdin.isTTY || !stdin.setRawMode) throw new UsageError(`Give ${flag}.`);
  stderr.write(question);
  stdin.setRawMode(true);
  try {
    return await readSecret(stdin);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

function readSecret(stdin: Input): Promise<string> {
  let typed = '';
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer | string) => {
      for (const key of chunk.toString()) {
        if (key === '\r' || key === '\n' || key === '\u0004') return finish(() => resolve(typed));
        if (key === '\u0003') return finish(() => reject(new UsageError('Interrupted.')));
        if (key === '\u007f' || key === '\b') typed = [...typed].slice(0, -1).join('');
        else typed += key;
      }
    };
    const finish = (done: () => void) => {
      stdin.off('data', take);
      done();
    };
    stdin.on('data', take).resume();
  });
}

/** Everything that is piped in, without the last line break. */
export async function readAll(stdin: Input): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
