// Python programs that proofs use as they come: installed once into a virtual environment under .cache, at fixed versions.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const INSTALL_MS = 300_000;
/** How pip says that no package index answers, and the shell that there is no Python. */
const OUT_OF_REACH =
  /ENOENT|ensurepip|NewConnectionError|ConnectTimeout|ReadTimeout|Temporary failure|unreachable|ProxyError|Max retries/i;

export type Python = {
  /** The path of a program of the environment. */
  program(name: string): string;
};

/**
 * Installs packages (`name==version`) into an environment of their own; answers why not, when there is no Python or no
 * package index can be reached; throws when anything else is wrong.
 */
export async function installPython(purpose: string, packages: readonly string[]): Promise<Python | string> {
  const folder = resolve('.cache/python', [purpose, ...packages].join('-').replace(/[^\w.-]+/g, '_'));
  const program = (name: string) => join(folder, 'bin', name);
  const done = join(folder, 'installed');
  if (existsSync(done)) return { program };
  mkdirSync(folder, { recursive: true });
  try {
    await run('python3', ['-m', 'venv', folder], { timeout: INSTALL_MS });
    const quietly = [
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--retries',
      '2',
      '--timeout',
      '20',
    ];
    await run(program('pip'), [...quietly, ...packages], { timeout: INSTALL_MS });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    const said = String(error);
    if (OUT_OF_REACH.test(said)) return said.trim().split('\n').at(-1)!.slice(0, 300);
    throw error;
  }
  writeFileSync(done, `${packages.join('\n')}\n`);
  return { program };
}
