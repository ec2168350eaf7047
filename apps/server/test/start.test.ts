// The program as an operator starts it: `node apps/server/src/main.ts` on a folder, and nothing else.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const main = join(import.meta.dirname, '../src/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'insula-start-'));
const running = new Set<ChildProcess>();

/** Starts the program on the folder; resolves with what it says once it is ready, or has ended. */
async function start(): Promise<{ child: ChildProcess; said: string; ended: Promise<number | null> }> {
  const env = { PATH: process.env.PATH ?? '', DATA_DIR: folder, SERVER_PORT: '0', LOG_LEVEL: 'error' };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let said = '';
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => {
        said += bytes.toString();
        if (said.includes('Next:')) resolve();
      });
  });
  await Promise.race([ready, ended]);
  return { child, said, ended };
}

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

test.skipIf(Boolean(process.env.TEST_DATABASE_URL))(
  'a server starts on nothing at all, again on what it left, and never twice on one folder',
  async () => {
    const first = await start();
    expect(first.said).toContain('Insula is ready');
    const beside = await start();
    expect(beside.said).toMatch(/is in use by process \d+/);
    expect(await beside.ended).toBe(1);
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    const second = await start();
    expect(second.said).toContain('Insula is ready');
    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(0);
  },
);
