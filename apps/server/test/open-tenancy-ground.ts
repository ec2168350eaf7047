// The ground that tests of an organization's life stand on: a whole server, the operator who moves and deletes, the owner's
// eyes that see every row, and a way to kill a server at any one of its queries.
import pg from 'pg';
import type { App } from '../src/app.ts';
import {
  createDirectory,
  createTenancy,
  resumeLifecycle,
  type Tenancy,
  tenancyRoutes,
} from '../src/modules/tenancy/index.ts';
import { type Actor, PLATFORM_ORGANIZATION, systemActor } from '../src/platform/actor.ts';
import { type Cluster, type ClusterSource, createClusters } from '../src/platform/db/clusters.ts';
import { createDatabase } from '../src/platform/db/create-database.ts';
import { countRows } from '../src/platform/db/erase-rows.ts';
import { withOwner } from '../src/platform/db/owner.ts';
import { newId } from '../src/platform/ids.ts';
import { createSecrets } from '../src/platform/keys/create-secrets.ts';
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

type Doomed = {
  organizations: ReturnType<typeof tenancyRoutes>['organizations'];
  newOrganization(wish: Wish): Promise<unknown>;
};

async function provision(tenancy: Tenancy, wish: Wish) {
  const row = await tenancy.provisionOrganization(operator, {
    name: `Test ${newId()}`,
    plan_tier: 'custom',
    data_region: 'main',
    ...wish,
  });
  return { id: row.organization_id, slug: row.slug, actor: systemActor(row.organization_id) };
}

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
    newOrganization: (wish: Wish = {}) => provision(tenancy, wish),
    /** Runs `work` on a server beside this one, which is killed at the point given; returns whether it came to that. */
    killAt: (point: Point, work: (doomed: Doomed) => Promise<unknown>) =>
      killAt(server.app, point, (doomed) =>
        work({
          organizations: tenancyRoutes(doomed).organizations,
          newOrganization: (wish) => provision(doomed, wish),
        }),
      ),
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

type Doom = {
  left: number;
  after: boolean;
  from: RegExp | undefined;
  isDead: boolean;
  clients: Set<pg.Client>;
};
type Query = (this: pg.Client, ...args: unknown[]) => unknown;
type Inside = {
  connectionParameters: { fallback_application_name?: string };
  connection: { stream: { destroy(error: Error): void } };
};

const dooms = new Map<string, Doom>();
const query = pg.Client.prototype.query as unknown as Query;
const killed = () => new Error('killed');

// Every connection of a doomed server is counted and killed by the name it goes by.
Object.assign(pg.Client.prototype, {
  query(this: pg.Client, ...args: unknown[]) {
    const doom = dooms.get((this as unknown as Inside).connectionParameters.fallback_application_name ?? '');
    return doom ? queryDoomed(doom, this, args) : query.apply(this, args);
  },
});

function queryDoomed(doom: Doom, client: pg.Client, args: unknown[]): unknown {
  doom.clients.add(client);
  if (doom.from?.test(textOf(args[0]))) doom.from = undefined;
  const isLast = !doom.from && --doom.left === 0;
  if (isLast && !doom.after) die(doom);
  if (doom.isDead) destroy(client);
  if (!isLast || !doom.after) return query.apply(client, args);
  const callback = args.at(-1);
  if (typeof callback !== 'function')
    return (query.apply(client, args) as Promise<unknown>)
      .finally(() => die(doom))
      .then(() => Promise.reject(killed()));
  return query.apply(client, [
    ...args.slice(0, -1),
    () => {
      die(doom);
      callback(killed());
    },
  ]);
}

function textOf(asked: unknown): string {
  return typeof asked === 'string' ? asked : String((asked as { text?: string } | undefined)?.text);
}

function die(doom: Doom): void {
  doom.isDead = true;
  for (const client of doom.clients) destroy(client);
}

function destroy(client: pg.Client): void {
  (client as unknown as Inside).connection.stream.destroy(killed());
}

/** Where a server is killed: at its query number `at`, counted from the first like `from`, if given; before it is sent, or after it was carried out but before the answer is known. */
export type Point = { at: number; after: boolean; from?: RegExp | undefined };

/** Runs `work` on a server beside the others, which is killed at the point given; returns whether it came to that. */
async function killAt(
  app: App,
  { at, after, from }: Point,
  work: (tenancy: Tenancy) => Promise<unknown>,
): Promise<boolean> {
  const doom: Doom = { left: at, after, from, isDead: false, clients: new Set() };
  const name = `doomed ${newId()}`;
  dooms.set(name, doom);
  const clusters = createClusters({
    sources: app.db.clusters.names().map((cluster) => sourceLike(app.db.clusters.get(cluster), name)),
    appPassword: undefined,
    poolSize: 4,
    log: app.log,
  });
  const db = createDatabase({ clusters, log: app.log });
  const secrets = createSecrets({ db, keyring: app.secrets.keyring });
  const directory = createDirectory({ db });
  await work(createTenancy({ ...app.tenancy.deps, db, secrets, directory })).catch((error: unknown) => {
    if (!doom.isDead) throw error;
  });
  await clusters.close();
  return doom.isDead;
}

function sourceLike(cluster: Cluster, fallback_application_name: string): ClusterSource {
  const connection = { ...cluster.connection, fallback_application_name };
  if (cluster.appConnection === cluster.connection) return { name: cluster.name, connection };
  const appConnection = { ...cluster.appConnection, fallback_application_name };
  return { name: cluster.name, connection, appConnection };
}
