// npm run proof:egress: hostile addresses, names that rebind and redirects, in a network of their own, where private addresses
// have servers that count who comes: not a byte may reach them, and no credential another origin than its own.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const NAMESPACE = ['--net', '--mount'];

/** Why the proof cannot run here; undefined when it can. */
function findObstacle(): string | undefined {
  const needed: [string, string[]][] = [
    ['unshare', [...NAMESPACE, 'ip', 'link', 'set', 'lo', 'up']],
    ['openssl', ['version']],
  ];
  for (const [command, args] of needed) {
    const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
    if (status !== 0) return `${command}: ${error?.message ?? stderr.trim()}`;
  }
  return undefined;
}

/** A certificate for the names of the cases, trusted by the server of the proof only. */
function makeCertificate(folder: string): void {
  const subject = ['-subj', '/CN=cases.example', '-addext', 'subjectAltName=DNS:*.cases.example'];
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const made = spawnSync('openssl', ['req', '-x509', ...kind, ...subject, ...files], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
}

const obstacle = findObstacle();
if (obstacle !== undefined) {
  process.stdout.write(`skipped: no network of its own can be made here (${obstacle})\n0 passed, 0 failed\n`);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'insula-egress-'));
  makeCertificate(folder);
  writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n');
  // The mount is the namespace's own: nothing outside sees it.
  const script = 'mount --bind "$1/resolv.conf" "$(readlink -f /etc/resolv.conf)" && shift && exec "$@"';
  const inside = [process.execPath, resolve('proofs/egress/inside.ts'), folder, ...process.argv.slice(2)];
  const child = spawn('unshare', [...NAMESPACE, 'sh', '-c', script, 'egress', folder, ...inside], {
    stdio: 'inherit',
  });
  child.once('exit', (code) => {
    rmSync(folder, { recursive: true, force: true });
    process.exitCode = code ?? 1;
  });
}
