// Three servers on one PostgreSQL, a scripted provider, and an administrator: what bursts are sent through.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { Agent } from 'undici';
import { startOpenAiProvider } from '../../apps/server/test/fakes/openai-provider.ts';
import { forwardRedis } from '../forward-redis.ts';
import { makeDatabase } from '../make-database.ts';
import { call, findPort, type Insula, newInstallation, startInsula } from '../start-insula.ts';

const ORGANIZATION = '00000000-0000-0000-0000-000000000001';
const WORKSPACE = '00000000-0000-0000-0000-000000000002';

export type Scene = Awaited<ReturnType<typeof openScene>>;
export type Budget = { id: string; spent_micros: number; reserved_micros: number; remaining_micros: number };

/** Opens the scene; `close` leaves nothing behind. */
export async function openScene(replicas = 3) {
  const dataDir = mkdtempSync(join(tmpdir(), 'insula-budget-'));
  const scratch = await makeDatabase('budget');
  const redis = await forwardRedis();
  const provider = await startOpenAiProvider();
  const environment = newInstallation(dataDir, scratch.url);
  const agent = new Agent({ connections: 300 });
  const owner = new pg.Pool({ connectionString: scratch.url, max: 2 });
  owner.on('error', () => {});
  const servers: Insula[] = [];
  for (let at = 0; at < replicas; at++) {
    const own = { DATA_DIR: join(dataDir, String(at)), ...(redis ? { REDIS_URL: redis.url } : {}) };
    servers.push(await startInsula({ ...environment, ...own }, await findPort()));
  }
  const [first] = servers as [Insula, ...Insula[]];
  const login = { email: 'admin@localhost', password: 'admin123' };
  const { access_token: token } = await call<{ access_token: string }>(`${first.url}/v1/auth/login`, {
    body: login,
  });
  const organization = `${first.url}/v1/organizations/${ORGANIZATION}`;
  const workspace = `${first.url}/v1/workspaces/${WORKSPACE}`;
  const credential = {
    name: 'Scripted',
    provider: 'openai',
    api_key: provider.apiKey,
    base_url: `${provider.origin}/v1`,
  };
  await call(`${workspace}/credentials`, { token, body: credential });

  return {
    servers,
    urls: () => servers.filter(({ child }) => child.exitCode === null && !child.killed).map(({ url }) => url),
    provider,
    redis,
    agent,
    /** Makes a key without limits of its own. */
    makeKey: (name: string) =>
      call<{ id: string; key: string }>(`${workspace}/api-keys`, {
        token,
        body: { name, scopes: ['chat'], rate_limit_per_minute: 1_000_000 },
      }),
    setBudget: (body: Record<string, unknown>) =>
      call<Budget>(`${organization}/budgets`, { token, body: { name: 'Proof', period: 'total', ...body } }),
    getBudget: (id: string) => call<Budget>(`${organization}/budgets/${id}`, { token }),
    /** Rows as the owner of all tables sees them. */
    rows: async <R extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      (await owner.query<R>(text, values)).rows,
    async close() {
      await agent.destroy();
      await Promise.all(servers.map((server) => server.stop()));
      await redis?.cut();
      await provider.stop();
      await owner.end();
      await scratch.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
