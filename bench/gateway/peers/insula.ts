// Insula itself, started the way an operator starts it, on a PostgreSQL database of its own, with what a call costs turned
// on: key, rate limits, intent and settlement. All that the bench knows of Insula's interface is in this file.
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findPort, waitUntilReady } from '../processes.ts';
import { type Bench, callOnce, type Peer, type Running } from './peer.ts';

const WORKSPACE = '00000000-0000-0000-0000-000000000002';
const START_MS = 60_000;
const CREATE_MS = 100_000;
const AT_ONCE = 8;
const UNLIMITED = 1_000_000;

export type InsulaOptions = {
  name: string;
  note: string;
  /** Defaults of its database, such as `synchronous_commit = off`. */
  settings?: string[];
  /** Organizations to have beside the one that makes the calls. */
  organizations?: number;
  redis?: boolean;
};

// one key for all servers of a run: the login role of the application belongs to the whole PostgreSQL server, and its
// password is derived from this key
const ENCRYPTION_KEY = randomBytes(32).toString('base64');

type Api = <T>(path: string, body: object) => Promise<T>;

function createApi(port: number, token?: string): Api {
  return async <T>(path: string, body: object) => {
    const response = await fetch(`http://127.0.0.1:${port}/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`POST /v1${path} answered ${response.status}: ${text.slice(0, 300)}`);
    return JSON.parse(text) as T;
  };
}

async function signIn(port: number): Promise<Api> {
  const person = { email: 'admin@localhost', password: 'admin123' };
  const { access_token } = await createApi(port)<{ access_token: string }>('/auth/login', person);
  return createApi(port, access_token);
}

async function createKey(api: Api, upstreamPort: number): Promise<string> {
  const base_url = `http://127.0.0.1:${upstreamPort}/v1`;
  const credential = { name: 'bench upstream', provider: 'openai', api_key: 'sk-upstream', base_url };
  await api(`/workspaces/${WORKSPACE}/credentials`, credential);
  const asked = { name: 'bench', scopes: ['chat'], rate_limit_per_minute: UNLIMITED };
  return (await api<{ key: string }>(`/workspaces/${WORKSPACE}/api-keys`, asked)).key;
}

/** Creates pooled organizations through the API, a few at a time and for 100 s at most; answers how many there are now. */
async function createOrganizations(api: Api, count: number): Promise<number> {
  const deadline = performance.now() + CREATE_MS;
  let next = 0;
  async function createSome(): Promise<void> {
    while (next < count && performance.now() < deadline) {
      const index = next++;
      const slug = `bench-${String(index).padStart(6, '0')}`;
      await api('/organizations', { name: `Bench ${index}`, slug, plan_tier: 'free', placement: 'pooled' });
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, createSome));
  return next;
}

async function writeEnvironment(bench: Bench, options: InsulaOptions): Promise<Record<string, string>> {
  if (!bench.databases) throw new Error('set TEST_DATABASE_URL: Insula is measured on PostgreSQL');
  if (options.redis && !bench.redisUrl) throw new Error('set TEST_REDIS_URL, or leave --redis out');
  const folder = join(bench.folder, options.name);
  mkdirSync(folder);
  const { url } = await bench.databases.create(options.name, options.settings);
  return {
    DATABASE_URL: url,
    ...(options.redis && bench.redisUrl ? { REDIS_URL: bench.redisUrl } : {}),
    ENCRYPTION_KEY,
    JWT_SECRET: randomBytes(32).toString('base64'),
    SERVER_PORT: String(await findPort()),
    DATA_DIR: folder,
    LOG_LEVEL: 'warn',
    LOCAL_DEV_MODE: 'true',
  };
}

async function start(bench: Bench, options: InsulaOptions): Promise<Running> {
  const env = await writeEnvironment(bench, options);
  const port = Number(env.SERVER_PORT);
  const args = ['apps/server/src/main.ts'];
  const cwd = bench.repositoryFolder;
  const started = bench.processes.start({ name: options.name, command: process.execPath, args, env, cwd });
  let api: Api | undefined;
  let refusal = '';
  await waitUntilReady(started, START_MS, async () => {
    api = await signIn(port).catch((error) => {
      refusal = String(error);
      return undefined;
    });
    return api !== undefined;
  }).catch((error) => {
    throw new Error(`${error.message}\n${refusal}`);
  });
  const key = await createKey(api!, bench.upstreamPort);
  const startedAt = performance.now();
  const organizations = await createOrganizations(api!, options.organizations ?? 0);
  const created = `${organizations} organizations created in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  const target = { port, path: '/v1/chat/completions', headers: { authorization: `Bearer ${key}` } };
  const first = await callOnce(target);
  if (first.status !== 200)
    throw new Error(`a call is answered with ${first.status}: ${first.text.slice(0, 300)}`);
  return {
    target,
    note: options.organizations ? created : options.note,
    authenticates: true,
    readWaitedMs: () => readWaitedMs(port),
    stop: started.stop,
  };
}

async function readWaitedMs(port: number): Promise<number> {
  const figures = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/^insula_ledger_wait_seconds (\S+)$/m.exec(figures)?.[1] ?? Number.NaN) * 1_000;
}

/** Makes a peer that is Insula with these options. */
export function createInsula(options: InsulaOptions): Peer {
  return { name: options.name, install: async () => {}, start: (bench) => start(bench, options) };
}
