// npm run bench:ingestion: passages a second through the real upload, reading, embedding with the local model, and indexing,
// beside the bare ONNX loop with the same number of threads over the very same texts. The last line is JSON.
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { makeDatabase } from '../make-database.ts';
import { call, findPort, newInstallation, startInsula } from '../start-insula.ts';
import { writeDocument } from './write-document.ts';

const WORKSPACE = '00000000-0000-0000-0000-000000000002';
const UPLOADERS = 4;

const { values } = parseArgs({
  options: {
    documents: { type: 'string', default: '300' },
    database: { type: 'string', default: 'pglite' },
  },
});
const threads = Math.max(1, Math.min(4, availableParallelism() - 1));

type Document = { id: string; title: string; chunk_count: number };
type Passage = { heading_path: string[]; text: string };

const dataDir = mkdtempSync(join(tmpdir(), 'insula-bench-ingestion-'));
const scratch = values.database === 'postgres' ? await makeDatabase('i_bench') : undefined;
const insula = await startInsula(newInstallation(dataDir, scratch?.url), await findPort());
const root = `${insula.url}/v1/workspaces/${WORKSPACE}`;
try {
  const login = { email: 'admin@localhost', password: 'admin123' };
  const { access_token: token } = await call<{ access_token: string }>(`${insula.url}/v1/auth/login`, {
    body: login,
  });
  await warmUp(token);
  const { seconds, passages } = await ingest(token, Number(values.documents));
  const texts = await readTexts(token);
  const bareSeconds = await runBare(texts);
  const ratio = passages / seconds / (texts.length / bareSeconds);
  const result = {
    bench: 'ingestion',
    database: values.database,
    threads,
    documents: Number(values.documents),
    passages,
    seconds: Number(seconds.toFixed(2)),
    passagesPerSecond: Number((passages / seconds).toFixed(1)),
    barePassagesPerSecond: Number((texts.length / bareSeconds).toFixed(1)),
    ratioToBare: Number(ratio.toFixed(3)),
    goal: 0.8,
  };
  console.log(
    `${passages} passages: ${result.passagesPerSecond} a second ingested, ${result.barePassagesPerSecond} bare`,
  );
  console.log(JSON.stringify(result));
} finally {
  await insula.stop();
  await scratch?.drop();
  rmSync(dataDir, { recursive: true, force: true });
}

/** The model is made, and every thread started, before anything is measured. */
async function warmUp(token: string): Promise<void> {
  const body = { title: 'Warm', content: '# Warm\n\nA first document makes the model.\n' };
  await call(`${root}/documents`, { token, body });
  await waitFor(token, 1);
}

async function ingest(token: string, documents: number): Promise<{ seconds: number; passages: number }> {
  const before = (await countOf(token)).passages;
  const startedAt = performance.now();
  let next = 0;
  let sent = 0;
  const upload = async () => {
    for (let i = next++; i < documents; i = next++) {
      const sample = writeDocument(i);
      if (!sample.readable) continue;
      sent++;
      const form = new FormData();
      form.append('file', new Blob([Buffer.from(sample.bytes)]), sample.name);
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${root}/documents`, { method: 'POST', headers, body: form });
      if (!answer.ok) throw new Error(await answer.text());
    }
  };
  await Promise.all(Array.from({ length: UPLOADERS }, upload));
  await waitFor(token, sent + 1);
  const seconds = (performance.now() - startedAt) / 1_000;
  return { seconds, passages: (await countOf(token)).passages - before };
}

function countOf(token: string) {
  return call<{ passages: number; searchable: number }>(`${root}/documents/counts`, { token });
}

async function waitFor(token: string, searchable: number): Promise<void> {
  while ((await countOf(token)).searchable < searchable) await sleep(100);
}

/** What was embedded, as the server put it together: title, headings and text. */
async function readTexts(token: string): Promise<string[]> {
  const texts: string[] = [];
  for (let cursor = ''; ; ) {
    const page = await call<{ data: Document[]; next_cursor: string | null }>(
      `${root}/documents?limit=100${cursor}`,
      { token },
    );
    for (const { id, title } of page.data) {
      const { data } = await call<{ data: Passage[] }>(`${root}/documents/${id}/passages?limit=100`, {
        token,
      });
      for (const { heading_path, text } of data)
        texts.push(`${[title, ...heading_path].join(' › ')}\n${text}`);
    }
    if (page.next_cursor === null) return texts;
    cursor = `&cursor=${page.next_cursor}`;
  }
}

/** Seconds that the bare loop takes, with as many threads as the server's embeddings have. */
async function runBare(texts: string[]): Promise<number> {
  const share = Math.ceil(texts.length / threads);
  const workers = Array.from({ length: threads }, (_, i) => {
    const workerData = { folder: join(dataDir, 'models'), texts: texts.slice(i * share, (i + 1) * share) };
    return new Worker(new URL('./bare-worker.ts', import.meta.url), { workerData });
  });
  const said = (worker: Worker) =>
    new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  await Promise.all(workers.map(said));
  const startedAt = performance.now();
  const done = workers.map(said);
  for (const worker of workers) worker.postMessage('go');
  await Promise.all(done);
  const seconds = (performance.now() - startedAt) / 1_000;
  await Promise.all(workers.map((worker) => worker.terminate()));
  return seconds;
}
