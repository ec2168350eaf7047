// The ground that tests of governance stand on: a migrated database and one or two servers' worth of governance on it,
// whose loops the test starts, and an owner's connection for what no tenant may do.

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import { createGovernance } from '../src/modules/governance/index.ts';
import { type Actor, systemActor } from '../src/platform/actor.ts';
import { type Clock, systemClock } from '../src/platform/clock.ts';
import { readConfig } from '../src/platform/config.ts';
import { ensureDedicatedRole } from '../src/platform/db/ensure-roles.ts';
import { createTenantSchema, POOLED } from '../src/platform/db/migrate.ts';
import { openDatabase } from '../src/platform/db/open-database.ts';
import { createEvents } from '../src/platform/events/create-events.ts';
import { newId } from '../src/platform/ids.ts';
import { createSecrets } from '../src/platform/keys/create-secrets.ts';
import { loadKeyMaterial } from '../src/platform/keys/load-key-material.ts';
import { createLog } from '../src/platform/log.ts';

export type GovernanceServer = Awaited<ReturnType<typeof openServer>>;
export type GovernanceGround = Awaited<ReturnType<typeof openGovernanceGround>>;

const log = createLog(process.env.TEST_LOG_LEVEL ?? 'fatal');

/** Opens a fresh, migrated database with two servers on it (one and the same on the embedded database). */
export async function openGovernanceGround(options: { clock?: Clock } = {}) {
  const clock = options.clock ?? systemClock;
  const folder = mkdtempSync(join(tmpdir(), 'insula-governance-'));
  const admin = process.env.TEST_DATABASE_URL;
  const database = `insula_g_${randomBytes(6).toString('hex')}`;
  const env: Record<string, string> = {
    DATA_DIR: folder,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    JWT_SECRET: randomBytes(48).toString('base64'),
    LOCAL_DEV_MODE: 'false',
  };
  if (admin) {
    await onServer(admin, `create database ${database}`);
    const url = new URL(admin);
    url.pathname = `/${database}`;
    env.DATABASE_URL = url.href;
  }
  const one = await openServer(env, clock);
  const two = admin ? await openServer(env, clock) : one;
  return {
    env,
    one,
    two,
    clock,
    /** Opens a further server, with other settings; PostgreSQL only. */
    openServer: (other: Record<string, string>) => openServer({ ...env, ...other }, clock),
    /** A fresh organization, acted in by the server itself. */
    makeOrganization: (placement: 'pooled' | 'dedicated' = 'pooled') => makeOrganization(one, placement),
    /** Runs SQL as the owner of all tables, in the pooled schema. */
    owner: <R extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
      asOwner<R>(one.db.clusters.get('main').admin, text, values),
    async close() {
      for (const server of new Set([one, two])) await server.close();
      if (admin) await onServer(admin, `drop database if exists ${database} with (force)`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An organization with a key, a place, a workspace and the events that tell of them. */
async function makeOrganization(server: GovernanceServer, placement: 'pooled' | 'dedicated'): Promise<Actor> {
  const id = newId();
  const actor = systemActor(id, 'test');
  const { admin, appLogin } = server.db.clusters.get('main');
  const compact = id.replaceAll('-', '');
  const own = { schema: `o_${compact}`, role: `insula_o_${compact}` };
  const place = placement === 'pooled' ? POOLED : own;
  await asOwner(
    admin,
    `insert into organizations (organization_id, slug, name, plan_tier, cluster, placement, status)
     values ($1, $2, 'Test', 'pro', 'main', $3, 'active')`,
    [id, `t-${compact}`, placement],
  );
  if (placement === 'dedicated') {
    const client = await admin.connect();
    await ensureDedicatedRole(client, own.role, appLogin);
    await createTenantSchema(client, own);
    client.release();
  }
  await asOwner(admin, 'insert into residents values ($1, $2, $3)', [id, place.schema, place.role]);
  await server.db.asPlatform(null, async (tx) => {
    await server.secrets.addKey(tx, server.secrets.newKey(id));
    const about = { subject_type: 'organization', subject_id: id, about: id };
    await server.events.announceOnPlatform(tx, actor, { type: 'organization.created', ...about });
  });
  await server.db.as(actor, async (tx) => {
    const workspace = newId();
    await sql`insert into organization (organization_id, name, configuration) values (${id}, 'Test', '{}')`.execute(
      tx,
    );
    await sql`insert into workspaces (organization_id, id, name, slug) values (${id}, ${workspace}, 'W', 'w')`.execute(
      tx,
    );
    const subject = { subject_type: 'workspace', subject_id: workspace, workspace_id: workspace };
    await server.events.announce(tx, actor, {
      type: 'organization.created',
      subject_type: 'organization',
      subject_id: id,
    });
    await server.events.announce(tx, actor, { type: 'workspace.created', ...subject });
  });
  return actor;
}

async function openServer(env: Record<string, string>, clock: Clock) {
  const config = readConfig(env);
  const { keyring, signer } = loadKeyMaterial(config);
  const opened = await openDatabase({ config, keyring, log, inMemory: config.embedded });
  const { db } = opened;
  await db.start();
  const events = createEvents();
  const secrets = createSecrets({ db, keyring });
  const deps = { db, events, secrets, signer, clock, log };
  const governance = createGovernance(deps);
  return {
    ...deps,
    governance,
    async close() {
      await governance.stop();
      await opened.stop();
    },
  };
}

async function asOwner<R extends pg.QueryResultRow>(
  pool: pg.Pool,
  text: string,
  values: unknown[],
): Promise<R[]> {
  const client = await pool.connect();
  try {
    await client.query('begin; set local role insula_owner; set local search_path to tenants, platform');
    const { rows } = await client.query<R>(text, values);
    await client.query('commit');
    return rows;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

async function onServer(url: string, text: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(text).finally(() => client.end());
}
