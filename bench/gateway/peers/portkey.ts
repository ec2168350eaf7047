// Portkey's open-source gateway. Its @hono/node-server is pinned: newer ones answer 500 to every stream, which would look
// like a very fast gateway to a bench that does not count answers.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPort, waitUntilReady } from '../processes.ts';
import { type Bench, isServing, type Peer, type Running } from './peer.ts';

const VERSION = '1.15.2';
const manifest = {
  private: true,
  dependencies: { '@portkey-ai/gateway': VERSION },
  overrides: { '@hono/node-server': '1.13.8' },
};
const folderOf = (bench: Bench) => join(bench.peersFolder, `portkey-${VERSION}`);
const entryOf = (bench: Bench) =>
  join(folderOf(bench), 'node_modules/@portkey-ai/gateway/build/start-server.js');

async function install(bench: Bench): Promise<void> {
  if (existsSync(entryOf(bench))) return;
  const cwd = folderOf(bench);
  mkdirSync(cwd, { recursive: true });
  writeFileSync(join(cwd, 'package.json'), JSON.stringify(manifest, null, 2));
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--workspaces=false'];
  await bench.processes.run({ name: 'portkey-install', command: 'npm', args, cwd }, 180_000);
}

async function start(bench: Bench): Promise<Running> {
  const port = await findPort();
  const args = [entryOf(bench), `--port=${port}`, '--headless'];
  const env = { NODE_ENV: 'production' };
  const started = bench.processes.start({ name: 'portkey', command: process.execPath, args, env });
  const headers = {
    authorization: 'Bearer sk-upstream',
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `http://127.0.0.1:${bench.upstreamPort}/v1`,
  };
  const target = { port, path: '/v1/chat/completions', headers };
  await waitUntilReady(started, 30_000, () => isServing(target));
  const note = `Portkey gateway ${VERSION}, 1 process; no keys of its own, limits or ledger in this edition`;
  return { target, note, authenticates: false, stop: started.stop };
}

export const portkey: Peer = { name: 'portkey', install, start };
