// One server, the hostile provider, a healthy one, and a model route for every fault, alone and with the healthy one behind it.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { Agent } from 'undici';
import { anthropicWire } from '../../apps/server/test/fakes/wires/anthropic-wire.ts';
import { openaiWire } from '../../apps/server/test/fakes/wires/chat-wires.ts';
import { googleWire } from '../../apps/server/test/fakes/wires/google-wire.ts';
import { makeDatabase } from '../make-database.ts';
import { call, findPort, newInstallation, startInsula } from '../start-insula.ts';
import { type FaultMode, faultModes } from './fault-modes.ts';
import { listen, openBlackhole, startHostileProvider, stop } from './start-hostile-provider.ts';

const WORKSPACE = '00000000-0000-0000-0000-000000000002';
/** What the routes allow: a first byte in so many milliseconds, a call in so many. */
export const FIRST_BYTE_MS = 600;
export const CALL_MS = 2_000;
const NOWHERE = 'nowhere.invalid';

const wires = { openai: openaiWire, anthropic: anthropicWire, google: googleWire };
const prefixes = { openai: 'gpt', anthropic: 'claude', google: 'gemini' };
type ProviderId = keyof typeof wires;
const providerIds = Object.keys(wires) as ProviderId[];
type Api = <T>(path: string, body: unknown) => Promise<T>;
type Places = Record<'hostile' | 'healthy' | NonNullable<FaultMode['place']>, string>;

export type Scene = Awaited<ReturnType<typeof openScene>>;

/** Opens the scene on PostgreSQL or the embedded database; `stopServer` first, then the ledger may be read, then `close`. */
export async function openScene(database: 'postgres' | 'pglite') {
  const dataDir = mkdtempSync(join(tmpdir(), 'insula-faults-'));
  const scratch = database === 'postgres' ? await makeDatabase('faults') : undefined;
  const trap = await openTrap();
  const hostile = await startHostileProvider(trap.url);
  const healthy = await startHostileProvider(trap.url);
  const blackhole = await openBlackhole();
  const server = await startInsula(newInstallation(dataDir, scratch?.url), await findPort());
  const agent = new Agent({ connections: 256, keepAliveTimeout: 1_000 });
  const local = (port: number, scheme = 'http') => `${scheme}://127.0.0.1:${port}`;
  const places: Places = {
    hostile: local(hostile.port),
    healthy: local(healthy.port),
    closed: local(await findPort()),
    unresolvable: local(1),
    blackhole: local(blackhole.port),
    without_tls: local(hostile.port, 'https'),
  };
  const modes = faultModes.filter((mode) => scratch || mode.place !== 'unresolvable');
  const key = await setUp(server.url, { modes, places, databaseUrl: scratch?.url });
  return {
    url: server.url,
    key,
    agent,
    modes,
    hostile,
    trap,
    ledger: { databaseUrl: scratch?.url, dataDir },
    async stopServer() {
      await agent.destroy();
      await server.stop();
      return server.said();
    },
    async close() {
      await server.kill();
      await Promise.all([hostile.stop(), healthy.stop(), trap.stop(), blackhole.close()]);
      await scratch?.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** An address that nobody may ever call. */
async function openTrap() {
  let calls = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    calls++;
    sockets.add(socket.on('error', () => {}));
  });
  const url = `http://127.0.0.1:${await listen(server)}/v1/models`;
  return { url, calls: () => calls, stop: () => stop(server, sockets) };
}

type Wish = { modes: readonly FaultMode[]; places: Places; databaseUrl: string | undefined };

/** Saves credentials and routes, and makes the key that calls. */
async function setUp(url: string, { modes, places, databaseUrl }: Wish): Promise<string> {
  const login = { email: 'admin@localhost', password: 'admin123' };
  const { access_token: token } = await call<{ access_token: string }>(`${url}/v1/auth/login`, {
    body: login,
  });
  const api: Api = (path, body) => call(`${url}/v1/workspaces/${WORKSPACE}/${path}`, { token, body });
  const ids = await saveCredentials(api, places);
  if (databaseUrl) await loseHost(databaseUrl);
  for (const provider of providerIds) {
    const well = { model: `${prefixes[provider]}-well`, credential_id: ids.get(`${provider} healthy`)! };
    for (const mode of modes) {
      const credential_id = ids.get(`${provider} ${mode.place ?? 'hostile'}`)!;
      const first = { model: modelOf(provider, mode), credential_id };
      const times = { first_byte_timeout_ms: FIRST_BYTE_MS };
      const route = (pair: boolean) => ({ name: routeOf(provider, mode, pair), ...times });
      await api('model-routes', { ...route(false), timeout_ms: CALL_MS, attempts_max: 1, targets: [first] });
      await api('model-routes', { ...route(true), timeout_ms: CALL_MS, targets: [first, well] });
    }
  }
  const wanted = { name: 'Proof', scopes: ['chat'], rate_limit_per_minute: 1_000_000 };
  return (await api<{ key: string }>('api-keys', wanted)).key;
}

const modelOf = (provider: ProviderId, mode: FaultMode) =>
  `${prefixes[provider]}-fault-${faultModes.indexOf(mode)}`;

/** The route of a fault, alone or in a pair with the healthy provider. */
export const routeOf = (provider: ProviderId, mode: FaultMode, isPair: boolean): string =>
  `${isPair ? 'pair' : 'alone'}-${modelOf(provider, mode)}`;

async function saveCredentials(api: Api, places: Places): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const provider of providerIds)
    for (const [place, origin] of Object.entries(places)) {
      const { basePath, fields } = wires[provider];
      const body = { name: `${provider} ${place}`, provider, base_url: origin + basePath, test: false };
      const { id } = await api<{ id: string }>('credentials', { ...body, ...fields });
      ids.set(`${provider} ${place}`, id);
    }
  return ids;
}

/** A host that could be resolved when its credential was saved, and cannot any more. */
async function loseHost(databaseUrl: string): Promise<void> {
  const owner = new pg.Client(databaseUrl);
  await owner.connect();
  const text = `update tenants.credentials set base_url = replace(base_url, '127.0.0.1:1', $1) where name like '% unresolvable'`;
  const { rowCount } = await owner.query(text, [NOWHERE]).finally(() => owner.end());
  if (rowCount !== providerIds.length) throw new Error(`${rowCount} credentials were moved to ${NOWHERE}.`);
}
