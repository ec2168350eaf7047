// A plain nginx reverse proxy with keep-alive to the upstream: the least that any hop can cost.
import { mkdirSync, writeFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { findPort, waitUntilReady } from '../processes.ts';
import { type Bench, isServing, type Peer, type Running } from './peer.ts';

const PLACES = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx', '/opt/homebrew/bin/nginx'];

async function findNginx(): Promise<string | undefined> {
  for (const place of PLACES) {
    if (
      await access(place).then(
        () => true,
        () => false,
      )
    )
      return place;
  }
  return undefined;
}

function writeConfiguration(folder: string, port: number, upstreamPort: number): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
  access_log off;
  ${paths.map((path) => `${path}_temp_path ${folder}/${path};`).join('\n  ')}
  keepalive_requests 100000000;
  upstream provider { server 127.0.0.1:${upstreamPort}; keepalive 256; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`;
}

async function install(bench: Bench): Promise<void> {
  if (await findNginx()) return;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const args = ['install', '-y', '--no-install-recommends', 'nginx-light'];
  const apt = { name: 'nginx-install', command: 'apt-get', env };
  await bench.processes.run({ ...apt, args: ['update'] }, 120_000);
  await bench.processes.run({ ...apt, args }, 180_000);
}

async function start(bench: Bench): Promise<Running> {
  const command = await findNginx();
  if (!command) throw new Error('nginx is not installed');
  const folder = join(bench.folder, 'nginx');
  mkdirSync(folder);
  const port = await findPort();
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, writeConfiguration(folder, port, bench.upstreamPort));
  const args = ['-p', folder, '-c', file, '-e', 'stderr'];
  const started = bench.processes.start({ name: 'nginx', command, args });
  const target = { port, path: '/v1/chat/completions', headers: {} };
  await waitUntilReady(started, 10_000, () => isServing(target));
  const note = 'nginx, 1 worker, keep-alive upstream, unbuffered; no keys, limits or ledger';
  return { target, note, authenticates: false, stop: started.stop };
}

export const proxy: Peer = { name: 'proxy', install, start };
