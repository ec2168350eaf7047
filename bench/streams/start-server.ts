// Insula for thousands of streams: one process on PostgreSQL, with room for that many calls at once, and a key that may make them.
import { randomBytes } from 'node:crypto';
import { findPort, type Processes, type waitUntilReady } from '../gateway/processes.ts';

const WORKSPACE = '00000000-0000-0000-0000-000000000002';
const START_MS = 60_000;
const UNLIMITED = 1_000_000;

type Wish = {
  folder: string;
  databaseUrl: string;
  upstreamPort: number;
  /** Makes a command of a program that may open all the files there are. */
  roomy(args: string[]): { command: string; args: string[] };
  waitUntilReady: typeof waitUntilReady;
};

/** Starts the server and makes the credential and the key; throws with the end of its log when it does not come up. */
export async function startServer(processes: Processes, wish: Wish) {
  const port = await findPort();
  const secret = () => randomBytes(32).toString('base64');
  const started = processes.start({
    name: 'insula',
    ...wish.roomy(['apps/server/src/main.ts']),
    cwd: process.cwd(),
    env: {
      DATABASE_URL: wish.databaseUrl,
      ENCRYPTION_KEY: secret(),
      JWT_SECRET: secret(),
      SERVER_PORT: String(port),
      DATA_DIR: wish.folder,
      LOG_LEVEL: 'warn',
      LOCAL_DEV_MODE: 'true',
      CALLS_UNDER_WAY: '20000',
    },
  });
  const root = `http://127.0.0.1:${port}`;
  await wish.waitUntilReady(started, START_MS, async () => (await fetch(`${root}/health`)).ok);
  const login = { email: 'admin@localhost', password: 'admin123' };
  const { access_token } = await post<{ access_token: string }>(`${root}/v1/auth/login`, login);
  const place = `${root}/v1/workspaces/${WORKSPACE}`;
  const base_url = `http://127.0.0.1:${wish.upstreamPort}/v1`;
  const credential = { name: 'Slow', provider: 'openai', api_key: 'sk-slow', base_url, test: false };
  await post(`${place}/credentials`, credential, access_token);
  const asked = { name: 'Streams', scopes: ['chat'], rate_limit_per_minute: UNLIMITED };
  const { key } = await post<{ key: string }>(`${place}/api-keys`, asked, access_token);
  return { port, pid: started.pid, key };
}

async function post<T>(url: string, body: object, token?: string): Promise<T> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`POST ${url} answered ${answer.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text) as T;
}
