// From configuration to a database that is up to date: the embedded one is started first, clusters are migrated at once.
import type { KyselyPlugin } from 'kysely';
import type { Config } from '../config.ts';
import type { Keyring } from '../keys/create-keyring.ts';
import { createClusters } from './clusters.ts';
import { createDatabase, type Database } from './create-database.ts';
import type { Embedded } from './embedded/start-embedded.ts';
import { type MigrationReport, migrateCluster } from './migrate.ts';
import { type FolderOptions, startInFolder } from './start-in-folder.ts';

export type OpenedDatabase = {
  db: Database;
  embedded: Embedded | undefined;
  reports: MigrationReport[];
  stop(): Promise<void>;
};
export type OpenOptions = FolderOptions & {
  keyring: Keyring;
  plugins?: KyselyPlugin[];
  check?: boolean;
  /** The embedded database, where it is being started already. */
  embedded?: Promise<Embedded>;
};

/** Opens every configured cluster and migrates it (or only looks what is missing, with `check`). */
export async function openDatabase(options: OpenOptions): Promise<OpenedDatabase> {
  const { config, keyring, log } = options;
  const { settings } = config;
  const embedded = config.embedded ? await (options.embedded ?? startInFolder(options)) : undefined;
  const main = embedded ? { name: 'main', connection: embedded.connection } : mainSource(config);
  const regions = Object.entries(config.regions).map(([name, url]) => ({
    name,
    connection: { connectionString: url },
  }));
  const appPassword = embedded
    ? undefined
    : (database: string) => keyring.deriveSecret(`database login ${database}`, 24).toString('base64url');
  const clusters = createClusters({
    sources: [main, ...regions],
    appPassword,
    poolSize: embedded ? 8 : settings.DATABASE_POOL_SIZE,
    log,
  });
  try {
    const reports: MigrationReport[] = [];
    for (const name of clusters.names()) {
      const cluster = clusters.get(name);
      const password =
        embedded || (name === 'main' && settings.DATABASE_APP_URL)
          ? undefined
          : appPassword?.(cluster.database);
      reports.push(await migrateCluster(cluster, { appPassword: password, check: options.check ?? false }));
    }
    if (options.template && embedded && !embedded.fromTemplate) await embedded.dump(options.template);
    const db = createDatabase({ clusters, log, ...(options.plugins ? { plugins: options.plugins } : {}) });
    return { db, embedded, reports, stop: () => db.stop().then(() => embedded?.stop()) };
  } catch (error) {
    await clusters.close().catch(() => {});
    await embedded?.stop();
    throw error;
  }
}

function mainSource({ settings }: Config) {
  const connection = { connectionString: settings.DATABASE_URL! };
  return {
    name: 'main',
    connection,
    ...(settings.DATABASE_APP_URL ? { appConnection: { connectionString: settings.DATABASE_APP_URL } } : {}),
  };
}
