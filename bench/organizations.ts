// npm run bench:organizations: how long an organization takes to be made, pooled and dedicated, with many others there, and
// how much memory the idle server uses, on PostgreSQL. Ends with one JSON line.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openDatabases } from './gateway/databases.ts';
import { createProcesses, findPort, waitUntilReady } from './gateway/processes.ts';

const { values } = parseArgs({
  options: { others: { type: 'string', default: '1000' }, measured: { type: 'string', default: '20' } },
});
const serverUrl = process.env.TEST_DATABASE_URL;
if (!serverUrl) throw new Error('Set TEST_DATABASE_URL: this is measured on PostgreSQL.');

const folder = mkdtempSync(`${tmpdir()}/insula-bench-`);
const processes = createProcesses(folder, { PATH: process.env.PATH ?? '' });
const databases = await openDatabases(serverUrl);
const port = await findPort();

async function post<T>(path: string, body: object, token?: string): Promise<T> {
  const headers = {
    'content-type': 'application/json',
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  };
  const answer = await fetch(`http://127.0.0.1:${port}/v1${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  if (!answer.ok)
    throw new Error(`POST ${path} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
  return (await answer.json()) as T;
}

/** Memory of a process in MiB, as the kernel counts it. */
function memoryOf(pid: number): number {
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kib) / 1_024);
}

async function createMany(token: string, count: number): Promise<number> {
  const startedAt = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < count)
      await post('/organizations', { name: `Other ${++next}`, placement: 'pooled' }, token);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return performance.now() - startedAt;
}

type Times = { medianMs: number; worstMs: number };

async function timeEach(token: string, placement: 'pooled' | 'dedicated'): Promise<Times> {
  const times: number[] = [];
  for (let i = 0; i < Number(values.measured); i++) {
    const startedAt = performance.now();
    await post('/organizations', { name: `Measured ${placement} ${i}`, placement }, token);
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  return { medianMs: Math.round(times[times.length >> 1]!), worstMs: Math.round(times.at(-1)!) };
}

async function measure() {
  const { url } = await databases.create('organizations');
  const secrets = {
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    JWT_SECRET: randomBytes(48).toString('base64'),
  };
  const env = {
    ...secrets,
    DATABASE_URL: url,
    DATA_DIR: folder,
    SERVER_PORT: String(port),
    LOCAL_DEV_MODE: 'true',
    LOG_LEVEL: 'warn',
  };
  const server = processes.start({
    name: 'insula',
    command: process.execPath,
    args: ['apps/server/src/main.ts'],
    env,
    cwd: process.cwd(),
  });
  await waitUntilReady(server, 60_000, async () => (await fetch(`http://127.0.0.1:${port}/health`)).ok);
  await sleep(5_000);
  const idleMiB = memoryOf(server.pid);
  const { access_token: token } = await post<{ access_token: string }>('/auth/login', {
    email: 'admin@localhost',
    password: 'admin123',
  });
  const others = Number(values.others);
  const othersMs = await createMany(token, others);
  const pooled = await timeEach(token, 'pooled');
  const dedicated = await timeEach(token, 'dedicated');
  return {
    others,
    othersPerSecond: Math.round((others / othersMs) * 1_000),
    pooled,
    dedicated,
    idleMiB,
    afterMiB: memoryOf(server.pid),
  };
}

try {
  const seen = await measure();
  process.stdout.write(`${seen.others} organizations made at ${seen.othersPerSecond} a second\n`);
  process.stdout.write(
    `one more, pooled:    median ${seen.pooled.medianMs} ms, worst ${seen.pooled.worstMs} ms\n`,
  );
  process.stdout.write(
    `one more, dedicated: median ${seen.dedicated.medianMs} ms, worst ${seen.dedicated.worstMs} ms\n`,
  );
  process.stdout.write(
    `memory of the idle server: ${seen.idleMiB} MiB after its start, ${seen.afterMiB} MiB after all this\n`,
  );
  process.stdout.write(`${JSON.stringify({ bench: 'organizations', ...seen })}\n`);
} finally {
  await processes.stopAll();
  await databases.dropAll();
  rmSync(folder, { recursive: true, force: true });
}
