// The ground that tests of the ledger stand on: a migrated database without the rest of the server, and connections to it.
// PGlite by default; a scratch PostgreSQL database when TEST_DATABASE_URL is set.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Clock, systemClock } from '../src/platform/clock.ts';
import { type Cluster, createClusters } from '../src/platform/db/clusters.ts';
import { startEmbedded } from '../src/platform/db/embedded/start-embedded.ts';
import { migrateCluster } from '../src/platform/db/migrate.ts';
import { createLog, type Log } from '../src/platform/log.ts';

export type LedgerGround = {
  cluster: Cluster;
  /** A connection as the running server opens it. */
  connect(): Promise<pg.Client>;
  /** Rows of a query made as the owner, who sees everything. */
  rows<R extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<R[]>;
  /** What a ledger on this ground is made with; each has a spool of its own. */
  ledgerDeps(): LedgerGroundDeps;
  close(): Promise<void>;
};

export type LedgerGroundDeps = {
  connect(): Promise<pg.Client>;
  log: Log;
  clock: Clock;
  spoolFile: string;
  isOneSession: boolean;
  sweepGraceMs: number;
};

/** Opens a fresh, migrated database. */
export async function openLedgerGround(): Promise<LedgerGround> {
  const log = createLog(process.env.TEST_LOG_LEVEL ?? 'fatal');
  const serverUrl = process.env.TEST_DATABASE_URL;
  const scratch = serverUrl ? await createScratch(serverUrl) : undefined;
  const template = templateFile();
  const embedded = scratch ? undefined : await startEmbedded({ dataDir: 'memory', template, log });
  const password = embedded ? undefined : randomBytes(12).toString('hex');
  const clusters = createClusters({
    sources: [{ name: 'main', connection: embedded?.connection ?? { connectionString: scratch!.url } }],
    appPassword: password === undefined ? undefined : () => password,
    poolSize: 4,
    log,
  });
  const cluster = clusters.get('main');
  await migrateCluster(cluster, { appPassword: password });
  if (embedded && !embedded.fromTemplate) await embedded.dump(template);
  const folder = mkdtempSync(join(tmpdir(), 'insula-ledger-'));
  const isOneSession = embedded !== undefined;
  const connect = async () => {
    const client = new pg.Client(cluster.appConnection);
    await client.connect();
    return client;
  };
  const rows = async <R extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
    (await cluster.admin.query<R>(text, values)).rows;
  return {
    cluster,
    connect,
    rows,
    ledgerDeps() {
      const spoolFile = join(folder, randomBytes(6).toString('hex'));
      return { connect, log, clock: systemClock, spoolFile, isOneSession, sweepGraceMs: 0 };
    },
    async close() {
      await clusters.close();
      await embedded?.stop();
      await scratch?.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function createScratch(serverUrl: string): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `insula_l_${randomBytes(6).toString('hex')}`;
  const onServer = async (statement: string) => {
    const client = new pg.Client(serverUrl);
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  await onServer(`create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(`drop database if exists ${name} with (force)`) };
}

/** The embedded database after the platform's migrations of today, kept between runs. */
function templateFile(): string {
  const digest = createHash('sha256');
  for (const folder of ['platform', 'tenant']) {
    const at = new URL(`../migrations/${folder}/`, import.meta.url);
    for (const name of readdirSync(at).sort()) digest.update(name).update(readFileSync(new URL(name, at)));
  }
  const cache = new URL('../../../node_modules/.cache/insula/', import.meta.url).pathname;
  mkdirSync(cache, { recursive: true });
  return join(cache, `${digest.digest('hex').slice(0, 16)}.tar`);
}
