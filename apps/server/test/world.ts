// A world to test in: the whole server on a real database and a real socket, with people in fresh organizations. One world
// a test file; PGlite by default, a scratch PostgreSQL database when TEST_DATABASE_URL is set, Redis when TEST_REDIS_URL is.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KyselyPlugin } from 'kysely';
import pg from 'pg';
import { type App, buildApp } from '../src/app.ts';
import type { Clock } from '../src/platform/clock.ts';
import { readConfig } from '../src/platform/config.ts';
import { createLog } from '../src/platform/log.ts';

export type WorldOptions = {
  env?: Record<string, string>;
  clock?: Clock;
  plugins?: KyselyPlugin[];
  /** Further database clusters (data regions) to make; on PostgreSQL only. */
  regions?: string[];
};

/** Whether this run is on PostgreSQL instead of the embedded database. */
export const onPostgres = Boolean(process.env.TEST_DATABASE_URL);

export type Server = { app: App; url: string; close(): Promise<void> };
export type Ground = { env: Record<string, string>; template: string | undefined; clear(): Promise<void> };

/** Makes the ground a server stands on: a scratch database and the settings that lead to it. */
export async function createGround(options: WorldOptions = {}): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), 'insula-test-'));
  const env: Record<string, string> = {
    DATA_DIR: folder,
    SERVER_PORT: '0',
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'fatal',
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    JWT_SECRET: randomBytes(48).toString('base64'),
    LOCAL_DEV_MODE: 'false',
    EGRESS_ALLOW: '127.0.0.1',
    ...(process.env.TEST_REDIS_URL ? { REDIS_URL: process.env.TEST_REDIS_URL } : {}),
  };
  const databases: string[] = [];
  if (onPostgres) {
    env.DATABASE_URL = await createScratch(databases);
    for (const region of options.regions ?? [])
      env[`DATABASE_URL_${region.toUpperCase()}`] = await createScratch(databases);
  }
  return {
    env: { ...env, ...options.env },
    template: onPostgres ? undefined : templateFile(),
    async clear() {
      for (const name of databases)
        await onServer((client) => client.query(`drop database if exists ${name} with (force)`));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a server on the ground given; several may stand on one (replicas), on PostgreSQL. */
export async function startServer(ground: Ground, options: WorldOptions = {}): Promise<Server> {
  const config = readConfig({ ...ground.env, ...options.env });
  const app = await buildApp({
    config,
    inMemory: !onPostgres,
    log: createLog(config.settings.LOG_LEVEL),
    ...(options.clock ? { clock: options.clock } : {}),
    ...(options.plugins ? { plugins: options.plugins } : {}),
    ...(ground.template ? { template: ground.template } : {}),
  });
  const url = await app.http.listen({ host: '127.0.0.1', port: 0 });
  return { app, url, close: () => app.stop() };
}

async function createScratch(databases: string[]): Promise<string> {
  const name = `insula_t_${randomBytes(6).toString('hex')}`;
  await onServer((client) => client.query(`create database ${name}`));
  databases.push(name);
  const url = new URL(process.env.TEST_DATABASE_URL!);
  url.pathname = `/${name}`;
  return url.href;
}

async function onServer(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client(process.env.TEST_DATABASE_URL!);
  await client.connect();
  await work(client).finally(() => client.end());
}

/** The migrated embedded database of this very set of migrations, kept between runs. */
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
