#!/usr/bin/env node
// Starts the command line with a Node that runs TypeScript: this one, or the one that `npm install` put beside it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const bundled = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));
const major = Number(process.versions.node.split('.')[0]);

if (major >= 24) {
  await import('../src/main.ts');
} else if (existsSync(bundled)) {
  const run = spawnSync(bundled, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = run.status ?? 1;
} else {
  process.stderr.write(
    `Insula needs Node 24, and this is ${process.version}. Run "npm install" in its folder, which brings Node 24 along.\n`,
  );
  process.exitCode = 2;
}
