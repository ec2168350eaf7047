// The abort storm: clients of two organizations that hang up at random moments, on a pool of two connections. No later answer
// may hold a row of the other organization, and no connection may keep a role or a setting.
import { onPostgres, startServer } from '../../apps/server/test/world.ts';
import type { Attacker, Scene } from './open-scene.ts';

export type StormResult = {
  requests: number;
  aborted: number;
  answered: number;
  leaks: { cell: string; why: string }[];
};

const paths = (attacker: Attacker) => [
  `/v1/organizations/${attacker.things.organization_id}/events?limit=100`,
  `/v1/organizations/${attacker.things.organization_id}/members`,
  `/v1/workspaces/${attacker.things.workspace_id}/agents`,
  `/v1/workspaces/${attacker.things.workspace_id}/credentials`,
  `/v1/organizations/${attacker.things.organization_id}/usage`,
];

/** Sends `requests` at once in groups of 20, half of which hang up; then looks at every connection. */
export async function stormAborts(scene: Scene, requests: number): Promise<StormResult> {
  const result: StormResult = { requests: 0, aborted: 0, answered: 0, leaks: [] };
  const server = onPostgres
    ? await startServer(scene.ground.ground, { env: { DATABASE_POOL_SIZE: '2' } })
    : { app: scene.ground.app, url: scene.ground.url, close: async () => {} };
  try {
    for (let sent = 0; sent < requests; sent += 20)
      await Promise.all(Array.from({ length: 20 }, (_, i) => askOnce(scene, { url: server.url, i, result })));
    const pool = server.app.db.clusters.get('main').app;
    const clients = await Promise.all([pool.connect(), ...(onPostgres ? [pool.connect()] : [])]);
    for (const client of clients) {
      const { rows } = await client.query<{ is_own: boolean; left: string }>(
        `select current_user = session_user as is_own, concat(current_setting('app.organization', true),
           current_setting('app.workspaces', true), current_setting('app.operator', true)) as left`,
      );
      if (!rows[0]!.is_own || rows[0]!.left !== '')
        result.leaks.push({ cell: 'storm', why: `a connection kept ${JSON.stringify(rows[0])}` });
      client.release();
    }
  } finally {
    await server.close();
  }
  return result;
}

async function askOnce(
  scene: Scene,
  { url, i, result }: { url: string; i: number; result: StormResult },
): Promise<void> {
  const attacker = scene.attackers[i % 2]!;
  const other = scene.attackers[1 - (i % 2)]!;
  const own = paths(attacker);
  const path = own[Math.floor(Math.random() * own.length)]!;
  const abort = new AbortController();
  const timer = i % 4 < 2 ? setTimeout(() => abort.abort(), Math.random() * 30) : undefined;
  const { secret } = attacker.credentials.find(({ kind }) => kind === 'member')!;
  result.requests++;
  try {
    const answer = await fetch(url + path, {
      headers: { authorization: `Bearer ${secret}` },
      signal: abort.signal,
    });
    const text = await answer.text();
    result.answered++;
    if (!text.includes(attacker.things.organization_id) && answer.status !== 200)
      result.leaks.push({ cell: `storm ${path}`, why: `answered ${answer.status}: ${text.slice(0, 100)}` });
    const { organization_id, workspace_id } = other.things;
    if (text.includes(organization_id) || text.includes(workspace_id))
      result.leaks.push({ cell: `storm ${path}`, why: 'a row of the other organization' });
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    result.aborted++;
  } finally {
    clearTimeout(timer);
  }
}
