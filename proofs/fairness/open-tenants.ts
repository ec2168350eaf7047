// A server with several organizations: four that behave, and one on the plan Starter that does not. The provider takes
// as long as a fast model does.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOpenAiProvider } from '../../apps/server/test/fakes/openai-provider.ts';
import { forwardRedis } from '../forward-redis.ts';
import { makeDatabase } from '../make-database.ts';
import { call, findPort, newInstallation, startInsula } from '../start-insula.ts';

export type Tenants = { url: string; quiet: string[]; noisy: string; close(): Promise<void> };

const QUIET = 4;
/** How long a fast model takes. */
const PROVIDER_MS = 200;

/** Opens the server and makes a key in each organization. */
export async function openTenants(): Promise<Tenants> {
  const dataDir = mkdtempSync(join(tmpdir(), 'insula-fairness-'));
  const scratch = await makeDatabase('fairness');
  const redis = await forwardRedis();
  const provider = await startOpenAiProvider({ delayMs: PROVIDER_MS });
  const environment = {
    ...newInstallation(dataDir, scratch.url),
    ...(redis ? { REDIS_URL: redis.url } : {}),
    EGRESS_ALLOW: '127.0.0.1',
  };
  const server = await startInsula(environment, await findPort());
  const login = { email: 'admin@localhost', password: 'admin123' };
  const { access_token: token } = await call<{ access_token: string }>(`${server.url}/v1/auth/login`, {
    body: login,
  });
  const open = async (plan: string, name: string) => {
    const made = await call<{ id: string; default_workspace_id: string }>(`${server.url}/v1/organizations`, {
      token,
      body: { name, plan_tier: plan },
    });
    const place = { token, organization: made.id, workspace: made.default_workspace_id };
    return makeKey(server.url, { ...place, provider });
  };
  const quiet: string[] = [];
  for (let at = 0; at < QUIET; at++) quiet.push(await open('custom', `Quiet ${at}`));
  const noisy = await open('starter', 'Noisy');
  return {
    url: server.url,
    quiet,
    noisy,
    async close() {
      await server.stop();
      await redis?.cut();
      await provider.stop();
      await scratch.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

type Place = {
  token: string;
  organization: string;
  workspace: string;
  provider: { apiKey: string; origin: string };
};

/** An operator's visit: a credential and a key in the organization. */
async function makeKey(url: string, { token, organization, workspace, provider }: Place): Promise<string> {
  const headers = { 'x-tenant-id': organization };
  const at = `${url}/v1/workspaces/${workspace}`;
  await call(`${at}/credentials`, {
    token,
    headers,
    body: {
      name: 'Scripted',
      provider: 'openai',
      api_key: provider.apiKey,
      base_url: `${provider.origin}/v1`,
    },
  });
  const body = { name: 'Proof', scopes: ['chat'], rate_limit_per_minute: 1_000_000 };
  const { key } = await call<{ key: string }>(`${at}/api-keys`, { token, headers, body });
  return key;
}

/** The 95th percentile. */
export function p95Of(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))] ?? Number.NaN;
}

/** The middle of the values. */
export function medianOf(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
