// The proof itself can fail: with a wall taken down it finds the hole.
import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';

async function runProof(
  ...flags: string[]
): Promise<{ code: number | null; last: { leaks: number; skipped: string[] } }> {
  const file = new URL('./run.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [file, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, last: JSON.parse(text.trimEnd().split('\n').at(-1)!) };
}

describe.runIf(process.env.TEST_DATABASE_URL)('the proof of isolation', () => {
  it('leaks when the policies of one table let everything through', { timeout: 180_000 }, async () => {
    const { code, last } = await runProof('--quick', '--plant', '--only', 'agents.list');
    expect(code).toBe(1);
    expect(last.leaks).toBeGreaterThan(0);
  });

  it("does not leak without the stores' predicates alone", { timeout: 180_000 }, async () => {
    const { code, last } = await runProof('--quick', '--strip', '--only', 'agents.list');
    expect([code, last.leaks, last.skipped]).toEqual([0, 0, []]);
  });
});
