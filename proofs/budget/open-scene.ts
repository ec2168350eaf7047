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
  const servers = await startReplicas({ environment, dataDir, replicas, redisUrl: redis?.url });
  const { token, organization, workspace } = await signIn(servers[0]!.url, provider);

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

type Wish = {
  environment: Record<string, string>;
  dataDir: string;
  replicas: number;
  redisUrl: string | undefined;
};

async function startReplicas({ environment, dataDir, replicas, redisUrl }: Wish): Promise<Insula[]> {
  const servers: Insula[] = [];
  for (let at = 0; at < replicas; at++) {
    const own = { DATA_DIR: join(dataDir, String(at)), ...(redisUrl ? { REDIS_URL: redisUrl } : {}) };
    servers.push(await startInsula({ ...environment, ...own }, await findPort()));
  }
  return servers;
}

/** Signs the administrator in and connects the provider. */
async function signIn(url: string, provider: { apiKey: string; origin: string }) {
  const login = { email: 'admin@localhost', password: 'admin123' };
  const { access_token: token } = await call<{ access_token: string }>(`${url}/v1/auth/login`, {
    body: login,
  });
  const organization = `${url}/v1/organizations/${ORGANIZATION}`;
  const workspace = `${url}/v1/workspaces/${WORKSPACE}`;
  const credential = { name: 'Scripted', provider: 'openai', api_key: provider.apiKey };
  const body = { ...credential, base_url: `${provider.origin}/v1` };
  await call(`${workspace}/credentials`, { token, body });
  return { token, organization, workspace };
}
