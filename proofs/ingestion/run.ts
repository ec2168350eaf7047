// npm run proof:ingestion: uploads documents to a real server and kills it again and again with SIGKILL while they are read,
// embedded and indexed. In the end every document is ready, or failed with a reason; none is there twice; each ready one is
// found, once, by the word that only it has; and the server's memory stayed bounded.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { makeDatabase } from '../make-database.ts';
import { findPort, type Insula, newInstallation, startInsula } from '../start-insula.ts';
import { type Sample, writeDocument } from './write-document.ts';

const WORKSPACE = '00000000-0000-0000-0000-000000000002';
const ROOT = `/v1/workspaces/${WORKSPACE}`;
const UPLOADERS = 6;
const PATIENCE_MS = 3_600_000;
const MEMORY_MAX_MB = 1_500;

const { values } = parseArgs({
  options: {
    documents: { type: 'string', default: '500' },
    kills: { type: 'string', default: '3' },
    database: { type: 'string', default: 'pglite' },
  },
});
const documents = Number(values.documents);
const kills = Number(values.kills);

type Row = {
  id: string;
  status: string;
  external_id: string;
  error: { code: string; detail: string } | null;
};
type Counts = { total: number; searchable: number; by_status: Record<string, number> };
type Scene = {
  environment: Record<string, string>;
  port: number;
  insula: Insula;
  token: string;
  peakMb: number;
  /** What servers that are gone said on standard error. */
  said: string;
};

async function ask<T>(scene: Scene, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`http://127.0.0.1:${scene.port}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${scene.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

async function signIn(scene: Scene): Promise<void> {
  const login = { email: 'admin@localhost', password: 'admin123' };
  scene.token = (await ask<{ access_token: string }>(scene, '/v1/auth/login', login)).access_token;
}

/** Uploads under a name of its own, again until it was taken: a killed server may or may not have taken it. */
async function upload(scene: Scene, sample: Sample): Promise<void> {
  for (;;) {
    const form = new FormData();
    form.append('external_id', sample.name);
    form.append('file', new Blob([Buffer.from(sample.bytes)]), sample.name);
    const headers = { authorization: `Bearer ${scene.token}` };
    const url = `http://127.0.0.1:${scene.port}${ROOT}/documents`;
    const answer = await fetch(url, { method: 'POST', headers, body: form }).catch(() => undefined);
    if (answer?.ok) return;
    if (answer && answer.status !== 401 && answer.status < 500)
      throw new Error(`${answer.status} ${await answer.text()}`);
    await sleep(200);
  }
}

async function uploadAll(scene: Scene): Promise<void> {
  let next = 0;
  const work = async () => {
    for (let i = next++; i < documents; i = next++) await upload(scene, writeDocument(i));
  };
  await Promise.all(Array.from({ length: UPLOADERS }, work));
}

const countOf = (scene: Scene) => ask<Counts>(scene, `${ROOT}/documents/counts`);
const settledOf = ({ by_status: by }: Counts) => (by.ready ?? 0) + (by.failed ?? 0);

/** Kills the server when so many documents have ended their way, and starts it again. */
async function killAt(scene: Scene, settled: number): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    if (Date.now() > until) throw new Error('Ingestion did not go on.');
    const counts = await countOf(scene).catch(() => undefined);
    if (counts && settledOf(counts) >= settled) break;
    await sleep(50);
  }
  await sleep(Math.random() * 500);
  await scene.insula.kill();
  scene.said += scene.insula.said();
  scene.insula = await startInsula(scene.environment, scene.port);
  await signIn(scene);
}

async function waitForAll(scene: Scene): Promise<Counts> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const counts = await countOf(scene);
    if (settledOf(counts) === counts.total && counts.total === documents) return counts;
    if (Date.now() > until) throw new Error(`Not all ended their way: ${JSON.stringify(counts)}`);
    await sleep(300);
  }
}

/** The most memory that the server process had, in MB; sampled while it lives. */
function watchMemory(scene: Scene): NodeJS.Timeout {
  return setInterval(() => {
    try {
      const status = readFileSync(`/proc/${scene.insula.child.pid}/status`, 'utf8');
      const peak = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
      scene.peakMb = Math.max(scene.peakMb, Math.round(peak));
    } catch {
      // Between two lives.
    }
  }, 200);
}

async function listAll(scene: Scene): Promise<Row[]> {
  const rows: Row[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { data: Row[]; next_cursor: string | null } = await ask(
      scene,
      `${ROOT}/documents?limit=100${cursor ? `&cursor=${cursor}` : ''}`,
    );
    rows.push(...page.data);
    cursor = page.next_cursor;
  }
  return rows;
}

/** What is wrong with how a document ended; undefined when nothing is. */
async function judge(scene: Scene, rows: Map<string, Row[]>, sample: Sample): Promise<string | undefined> {
  const [row, ...others] = rows.get(sample.name) ?? [];
  if (!row) return `${sample.name} is not there`;
  if (others.length > 0) return `${sample.name} is there ${others.length + 1} times`;
  if (!sample.readable)
    return row.status === 'failed' && row.error?.detail ? undefined : `${sample.name} is ${row.status}`;
  if (row.status !== 'ready') return `${sample.name} is ${row.status}: ${row.error?.detail ?? ''}`;
  const found = await ask<{ data: { document: { id: string }; text: string }[] }>(scene, `${ROOT}/search`, {
    query: sample.word,
    mode: 'text',
    limit: 5,
  });
  const hits = found.data.filter(({ text }) => text.includes(sample.word));
  if (hits.length !== 1) return `${sample.name} is found ${hits.length} times`;
  return hits[0]!.document.id === row.id ? undefined : `${sample.name} is found as another one`;
}

async function prove(database: string): Promise<{ passed: number; failed: number }> {
  const startedAt = Date.now();
  const dataDir = mkdtempSync(join(tmpdir(), 'insula-ingestion-'));
  const scratch = database === 'postgres' ? await makeDatabase('i_ingestion') : undefined;
  const environment = newInstallation(dataDir, scratch?.url);
  const port = await findPort();
  const insula = await startInsula(environment, port);
  const scene: Scene = { environment, port, insula, token: '', peakMb: 0, said: '' };
  const watch = watchMemory(scene);
  try {
    await signIn(scene);
    const uploading = uploadAll(scene);
    for (let kill = 1; kill <= kills; kill++)
      await killAt(scene, Math.floor((documents * kill) / (kills + 2)));
    await uploading;
    const counts = await waitForAll(scene);
    const seconds = Math.round((Date.now() - startedAt) / 1_000);
    const rows = Map.groupBy(await listAll(scene), (row) => row.external_id);
    const wrong: string[] = [];
    for (let i = 0; i < documents; i++) {
      const fault = await judge(scene, rows, writeDocument(i));
      if (fault) wrong.push(fault);
    }
    if (scene.peakMb > MEMORY_MAX_MB) wrong.push(`the server took ${scene.peakMb} MB`);
    for (const fault of wrong.slice(0, 20)) console.log(`WRONG ${fault}`);
    if (wrong.length > 0) console.log(`${scene.said}${scene.insula.said()}`.slice(0, 10_000));
    console.log(
      `${database}: ${documents} documents, ${kills} kills, ${seconds} s; ${JSON.stringify(counts.by_status)}; peak ${scene.peakMb} MB`,
    );
    return { passed: documents + 1 - wrong.length, failed: wrong.length };
  } finally {
    clearInterval(watch);
    await scene.insula.kill();
    await scratch?.drop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const sums = { passed: 0, failed: 0 };
for (const database of values.database === 'both' ? ['pglite', 'postgres'] : [values.database]) {
  const { passed, failed } = await prove(database);
  sums.passed += passed;
  sums.failed += failed;
}
console.log(`${sums.passed} passed, ${sums.failed} failed`);
process.exit(sums.failed === 0 ? 0 : 1);
