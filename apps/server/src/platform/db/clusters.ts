// The database clusters: for each a pool for the running server (a login that owns nothing) and a small one for the owner's
// work: migrations, schemas of dedicated organizations, moves.
import { createHash } from 'node:crypto';
import pg from 'pg';
import type { Log } from '../log.ts';

// Counts and sums stay numbers: they are bounded far below 2^53.
pg.types.setTypeParser(20, (value) => Number(value));

export type Cluster = {
  name: string;
  database: string;
  app: pg.Pool;
  admin: pg.Pool;
  appLogin: string;
  connection: pg.ClientConfig;
  appConnection: pg.ClientConfig;
};
export type Clusters = {
  get(name: string): Cluster;
  names(): string[];
  has(name: string): boolean;
  close(): Promise<void>;
};

export type ClusterSource = { name: string; connection: pg.ClientConfig; appConnection?: pg.ClientConfig };

export type ClusterOptions = {
  sources: ClusterSource[];
  /** Makes the password of the server's own login; undefined on the embedded database, which has one user. */
  appPassword: ((database: string) => string) | undefined;
  poolSize: number;
  log: Log;
};

/** The login the server makes for itself; one per database, because logins are shared by all databases of a server. */
export function appLoginOf(database: string): string {
  return `insula_app_${createHash('sha256').update(database).digest('hex').slice(0, 8)}`;
}

/** Opens (lazily) the pools of all clusters; the first source must be `main`. */
export function createClusters(options: ClusterOptions): Clusters {
  const clusters = new Map(options.sources.map((source) => [source.name, createCluster(source, options)]));
  return {
    get(name) {
      const cluster = clusters.get(name);
      if (!cluster) throw new Error(`No database cluster is configured under the name "${name}".`);
      return cluster;
    },
    has: (name) => clusters.has(name),
    names: () => [...clusters.keys()],
    async close() {
      await Promise.all([...clusters.values()].flatMap((c) => [c.app.end(), c.admin.end()]));
    },
  };
}

function createCluster(source: ClusterSource, options: ClusterOptions): Cluster {
  const database = databaseOf(source.connection);
  const appLogin = source.appConnection ? userOf(source.appConnection) : appLoginOf(database);
  const password = options.appPassword?.(database);
  const appConnection =
    source.appConnection ??
    (password === undefined ? source.connection : loginAs(source.connection, appLogin, password));
  const pool = (connection: pg.ClientConfig, max: number, application: string) => {
    const made = new pg.Pool({
      ...connection,
      max,
      application_name: application,
      connectionTimeoutMillis: 10_000,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
    });
    made.on('error', (error) =>
      options.log.warn(
        { error: error.message, cluster: source.name },
        'an idle database connection was lost',
      ),
    );
    return made;
  };
  return {
    name: source.name,
    database,
    app: pool(appConnection, options.poolSize, 'insula'),
    admin: pool(source.connection, 2, 'insula-admin'),
    appLogin,
    connection: source.connection,
    appConnection,
  };
}

function databaseOf(connection: pg.ClientConfig): string {
  if (connection.database) return connection.database;
  return connection.connectionString
    ? decodeURIComponent(new URL(connection.connectionString).pathname.slice(1))
    : 'postgres';
}

function userOf(connection: pg.ClientConfig): string {
  return connection.user ?? decodeURIComponent(new URL(connection.connectionString!).username);
}

function loginAs(connection: pg.ClientConfig, user: string, password: string): pg.ClientConfig {
  if (!connection.connectionString) return { ...connection, user, password };
  const url = new URL(connection.connectionString);
  url.username = user;
  url.password = password;
  return { connectionString: url.href };
}
