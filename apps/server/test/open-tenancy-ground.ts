// The ground that tests of an organization's life stand on: a whole server, the operator who moves and deletes, the owner's
// eyes that see every row, and a way to kill the server's database connections at any one query.
import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import { resumeLifecycle, tenancyRoutes } from '../src/modules/tenancy/index.ts';
import { type Actor, PLATFORM_ORGANIZATION, systemActor } from '../src/platform/actor.ts';
import { countRows } from '../src/platform/db/erase-rows.ts';
import { withOwner } from '../src/platform/db/owner.ts';
import { newId } from '../src/platform/ids.ts';
import { createGround, startServer, type WorldOptions } from './world.ts';

export type TenancyGround = Awaited<ReturnType<typeof openTenancyGround>>;
type Wish = {
  id?: string;
  workspace_id?: string;
  slug?: string;
  name?: string;
  plan_tier?: string;
  placement?: 'pooled' | 'dedicated';
  data_region?: string;
};

const operator: Actor = {
  ...systemActor(PLATFORM_ORGANIZATION),
  kind: 'operator',
  id: newId(),
  name: 'operator',
};

/** Starts a server on a ground of its own. */
export async function openTenancyGround(options: WorldOptions = {}) {
  const ground = await createGround(options);
  const server = await startServer(ground, options);
  const { tenancy, db } = server.app;
  const call = { actor: operator, tenant: undefined, userAgent: undefined };
  return {
    app: server.app,
    deps: tenancy.deps,
    operator,
    /** The endpoints of organizations, as the operator calls them. */
    routes: tenancyRoutes(tenancy),
    call,
    async newOrganization(wish: Wish = {}) {
      const row = await tenancy.provisionOrganization(operator, {
        name: `Test ${newId()}`,
        plan_tier: 'custom',
        data_region: 'main',
        ...wish,
      });
      return { id: row.organization_id, slug: row.slug, actor: systemActor(row.organization_id) };
    },
    /** Rows of a query made as the database's administrator. */
    async rows<R extends pg.QueryResultRow>(text: string, values: unknown[] = [], cluster = 'main') {
      return (await db.clusters.get(cluster).admin.query<R>(text, values)).rows;
    },
    /** What the next server does at its start; again until the database has noticed that the killed one is gone. */
    async recover(organizationId: string) {
      const left = `select from platform.organizations o where organization_id = $1 and (status = 'deleting'
        or exists (select from platform.moves m where m.organization_id = o.organization_id and m.state = 'running'))`;
      for (let i = 0; i < 20; i++) {
        await resumeLifecycle(tenancy.deps);
        if ((await db.clusters.get('main').admin.query(left, [organizationId])).rowCount === 0) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    /** How many rows of the organization each table of a cluster has, of whatever schema. */
    count: (organizationId: string, cluster = 'main') =>
      withOwner(db.clusters.get(cluster), (owner) => countRows(owner, organizationId, { except: [] })),
    async close() {
      await server.close();
      await ground.clear();
    },
  };
}

/** Counts without the tables that change by themselves: events are sealed meanwhile, and a deletion shuts the doors first. */
export function steady(counts: Record<string, number>, prefix = ''): Record<string, number> {
  const restless = /event_seals|events_unsealed|checkpoints|residents/;
  const kept = Object.entries(counts).filter(([table]) => !restless.test(table));
  return Object.fromEntries(kept.map(([table, n]) => [prefix + table, n]));
}

const doomed = new AsyncLocalStorage<Doom>();
type Doom = {
  left: number;
  after: boolean;
  from: RegExp | undefined;
  isDead: boolean;
  clients: Set<pg.Client>;
};
type Socket = { connection: { stream: { destroy(error: Error): void } } };

const { query } = pg.Client.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
Object.assign(pg.Client.prototype, {
  query(this: pg.Client, ...args: unknown[]) {
    const doom = doomed.getStore();
    if (!doom) return query!.apply(this, args);
    doom.clients.add(this);
    if (doom.from?.test(textOf(args[0]))) doom.from = undefined;
    if (!doom.from) doom.left--;
    if (doom.left === 0 && !doom.after) die(doom);
    if (doom.isDead) destroy(this);
    const answer = query!.apply(this, args);
    if (doom.from || doom.left !== 0 || !doom.after || !(answer instanceof Promise)) return answer;
    return answer.finally(() => die(doom)).then(() => Promise.reject(new Error('killed')));
  },
});

function textOf(asked: unknown): string {
  return typeof asked === 'string' ? asked : String((asked as { text?: string } | undefined)?.text);
}

function die(doom: Doom): void {
  doom.isDead = true;
  for (const client of doom.clients) destroy(client);
}

function destroy(client: pg.Client): void {
  (client as unknown as Socket).connection.stream.destroy(new Error('killed'));
}

/**
 * Runs `work` as a server that is killed at its query number `at` (counted from the first like `from`, if given): before it is
 * sent, or after it was carried out but before the answer is known. Returns whether it came to that.
 */
export async function killAt(
  { at, after, from }: { at: number; after: boolean; from?: RegExp | undefined },
  work: () => Promise<unknown>,
): Promise<boolean> {
  const doom: Doom = { left: at, after, from, isDead: false, clients: new Set() };
  await doomed.run(doom, work).catch((error: unknown) => {
    if (!doom.isDead) throw error;
  });
  // The pools of this process, which lives on, are to notice that connections broke.
  if (doom.isDead) await new Promise((resolve) => setTimeout(resolve, 50));
  return doom.isDead;
}
