// npm run proof:jobs: kills a running Insula again and again in the middle of a batch over a thousand rows, with a provider that
// fails one call in six, and looks at what is left: every row has ended with its answer, and no success was charged twice.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type OpenAiProvider, startOpenAiProvider } from '../../apps/server/test/fakes/openai-provider.ts';
import { countChecks } from '../count-checks.ts';
import { makeDatabase } from '../make-database.ts';
import {
  call,
  type Environment,
  findPort,
  type Insula,
  newInstallation,
  startInsula,
} from '../start-insula.ts';

const WORKSPACE = '00000000-0000-0000-0000-000000000002';
const MODEL = 'gpt-4o-mini';
const ENDED_MAX_MS = 240_000;
/** A replica counts as dead after 15 s, and a sweep waits 20 s after its server started. */
const SWEPT_MAX_MS = 60_000;

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000' },
    kills: { type: 'string', default: '6' },
    database: { type: 'string', default: 'both' },
  },
});
const { check, finish } = countChecks();

type Job = { id: string; state: string; rows: Record<string, number> };
type Row = { number: number; state: string; answer: string | null; call_id: string; attempts: number };
type Entry = { id: string; step: number; status: number | null; usage_source: string };
type Page<T> = { data: T[]; next_cursor: string | null };
type Scene = { environment: Environment; provider: OpenAiProvider };

/** One call in six fails: at once, limited, or in the middle of its answer. */
function misbehave(provider: OpenAiProvider, count: number): void {
  const failures = [{ status: 500 }, { status: 429 }, { cutAfter: 2 }];
  for (let i = 0; i < count; i++)
    provider.next(...Array.from({ length: 5 }, () => ({ delayMs: 40 })), failures[i % failures.length]!);
}

async function signIn({ url }: Insula): Promise<string> {
  const body = { email: 'admin@localhost', password: 'admin123' };
  return (await call<{ access_token: string }>(`${url}/v1/auth/login`, { body })).access_token;
}

async function begin(insula: Insula, provider: OpenAiProvider): Promise<string> {
  const token = await signIn(insula);
  const path = `${insula.url}/v1/workspaces/${WORKSPACE}`;
  const credential = {
    name: 'Flaky',
    provider: 'openai',
    api_key: provider.apiKey,
    base_url: `${provider.origin}/v1`,
  };
  await call(`${path}/credentials`, { token, body: { ...credential, models: [MODEL], test: false } });
  const rows = Array.from({ length: Number(values.rows) }, (_, i) => ({ word: `w${i + 1}` }));
  const job = { template: 'Say {{word}}', model: MODEL, rows, concurrency: 20, attempts_max: 10 };
  return (await call<Job>(`${path}/jobs`, { token, body: job })).id;
}

const readJob = (insula: Insula, token: string, id: string) =>
  call<Job>(`${insula.url}/v1/workspaces/${WORKSPACE}/jobs/${id}`, { token });

/** Kills the server in the middle of the job, as often as asked for; gives the one that lives. */
async function killAgain({
  environment,
  provider,
}: Scene): Promise<{ insula: Insula; id: string; kills: number }> {
  let insula = await startInsula(environment, await findPort());
  const id = await begin(insula, provider);
  let kills = 0;
  for (; kills < Number(values.kills); kills++) {
    await sleep(700 + Math.random() * 1_300);
    const { state } = await readJob(insula, await signIn(insula), id);
    if (state !== 'queued' && state !== 'running') break;
    await insula.kill();
    insula = await startInsula(environment, await findPort());
  }
  return { insula, id, kills };
}

async function readAll<T>(insula: Insula, token: string, path: string): Promise<T[]> {
  const all: T[] = [];
  for (let cursor = ''; ; ) {
    const joined = `${insula.url}${path}${path.includes('?') ? '&' : '?'}limit=100${cursor}`;
    const page = await call<Page<T>>(joined, { token });
    all.push(...page.data);
    if (!page.next_cursor) return all;
    cursor = `&cursor=${page.next_cursor}`;
  }
}

async function prove(database: 'pglite' | 'postgres'): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'insula-jobs-'));
  const scratch = database === 'postgres' ? await makeDatabase('jobs') : undefined;
  const provider = await startOpenAiProvider();
  misbehave(provider, Number(values.rows));
  let insula: Insula | undefined;
  try {
    const killed = await killAgain({ environment: newInstallation(dataDir, scratch?.url), provider });
    insula = killed.insula;
    await judge(database, killed, provider);
  } finally {
    await insula?.stop();
    await provider.stop();
    await scratch?.drop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

type Killed = { insula: Insula; id: string; kills: number };

async function judge(
  database: string,
  { insula, id, kills }: Killed,
  provider: OpenAiProvider,
): Promise<void> {
  const startedAt = Date.now();
  let job = await readJob(insula, await signIn(insula), id);
  while (['queued', 'running'].includes(job.state) && Date.now() - startedAt < ENDED_MAX_MS) {
    await sleep(1_000);
    job = await readJob(insula, await signIn(insula), id);
  }
  const token = await signIn(insula);
  const total = Number(values.rows);
  check(
    `${database}: the job ended after ${kills} kills`,
    job.state === 'succeeded',
    `${job.state}, ${Math.round((Date.now() - startedAt) / 1_000)} s after the last one`,
  );
  const rows = await readAll<Row>(insula, token, `/v1/workspaces/${WORKSPACE}/jobs/${id}/rows`);
  const answered = rows.filter((row) => row.state === 'succeeded' && row.answer !== null);
  check(`${database}: every row has its answer`, answered.length === total, `${answered.length} of ${total}`);
  await judgeLedger(database, { insula, token, id, rows });
  const reached = provider.requests.filter((request) => request.path.endsWith('/chat/completions')).length;
  process.stdout.write(`       ${database}: ${reached} calls reached the provider\n`);
}

/** Settled as answered, or swept as estimated. */
const isCharge = ({ status }: Entry) => (status ?? 200) < 400;

type Told = { insula: Insula; token: string; id: string; rows: Row[] };

async function judgeLedger(database: string, { insula, token, id, rows }: Told): Promise<void> {
  const { organization } = await call<{ organization: { id: string } }>(`${insula.url}/v1/auth/me`, {
    token,
  });
  const path = `/v1/organizations/${organization.id}/usage?run=${id}`;
  const own = new Map(rows.map((row) => [row.number, row.call_id]));
  let entries: Entry[] = [];
  for (const until = Date.now() + SWEPT_MAX_MS; Date.now() < until; await sleep(2_000)) {
    entries = await readAll<Entry>(insula, token, path);
    const settled = new Set(entries.filter(isCharge).map((entry) => entry.id));
    if (rows.every((row) => settled.has(row.call_id))) break;
  }
  const ofAnswer = entries.filter((entry) => entry.id === own.get(entry.step) && isCharge(entry));
  const successes = entries.filter((entry) => entry.status !== null && entry.status < 400);
  const besides = successes.filter((entry) => entry.id !== own.get(entry.step));
  const cut = entries.filter((entry) => entry.status === null && entry.id !== own.get(entry.step));
  const failed = entries.filter((entry) => (entry.status ?? 0) >= 400);
  check(
    `${database}: each answer is charged once`,
    ofAnswer.length === rows.length && new Set(ofAnswer.map(({ id: one }) => one)).size === rows.length,
    `${ofAnswer.length} charges for ${rows.length} answers`,
  );
  check(`${database}: no further success is charged`, besides.length === 0, `${besides.length}`);
  process.stdout.write(
    `       ${database}: ${failed.length} failed attempts, ${cut.length} cut off by a kill and charged as estimated\n`,
  );
}

const server = process.env.TEST_DATABASE_URL ?? process.env.DATABASE_URL;
for (const database of ['pglite', 'postgres'] as const) {
  if (values.database !== 'both' && values.database !== database) continue;
  if (database === 'postgres' && !server)
    process.stdout.write('postgres: left out, because TEST_DATABASE_URL is not set\n');
  else await prove(database);
}
finish();
