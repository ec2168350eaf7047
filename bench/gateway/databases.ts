// Databases for one run: made empty on the PostgreSQL server that was given, dropped when the run ends.
import pg from 'pg';

export type Database = { url: string; name: string };
export type Databases = {
  /** Makes an empty database; `settings` become its defaults, such as `synchronous_commit = off`. */
  create(purpose: string, settings?: string[]): Promise<Database>;
  /** The median milliseconds that one committed row takes from one connection, with and without waiting for the disk. */
  measureCommit(): Promise<{ waiting: number; notWaiting: number }>;
  /** WAL syncs of the whole server up to now. */
  countSyncs(): Promise<number>;
  dropAll(): Promise<void>;
};

const COMMITS = 150;

async function measureInserts(client: pg.Client, wait: 'on' | 'off'): Promise<number> {
  await client.query(`set synchronous_commit = ${wait}`);
  const times: number[] = [];
  for (let index = 0; index < COMMITS; index++) {
    const startedAt = performance.now();
    await client.query('insert into commits values ($1)', [index]);
    times.push(performance.now() - startedAt);
  }
  return times.sort((a, b) => a - b)[COMMITS >> 1]!;
}

/** Connects to the server; throws when it cannot be reached. */
export async function openDatabases(serverUrl: string): Promise<Databases> {
  const admin = new pg.Client({ connectionString: serverUrl });
  admin.on('error', () => {}); // the next query tells
  await admin.connect();
  const made: string[] = [];

  async function create(purpose: string, settings: string[] = []): Promise<Database> {
    const name = `insula_bench_${process.pid}_${purpose}`.replaceAll(/[^a-z0-9_]/g, '_');
    await admin.query(`create database ${name}`);
    made.push(name);
    for (const setting of settings) await admin.query(`alter database ${name} set ${setting}`);
    const url = new URL(serverUrl);
    url.pathname = `/${name}`;
    return { url: url.href, name };
  }

  return {
    create,
    async measureCommit() {
      const { url } = await create('commits');
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query('create table commits (n int)');
      const waiting = await measureInserts(client, 'on');
      const notWaiting = await measureInserts(client, 'off');
      await client.end();
      return { waiting, notWaiting };
    },
    async countSyncs() {
      const { rows } = await admin.query<{ syncs: string }>('select wal_sync as syncs from pg_stat_wal');
      return Number(rows[0]?.syncs ?? 0);
    },
    async dropAll() {
      for (const name of made.splice(0)) await admin.query(`drop database if exists ${name} with (force)`);
      await admin.end();
    },
  };
}
