// Migrations: plain forward-only SQL, for the platform once per cluster and for the tenant once per schema, pooled or
// dedicated. Staged and resumable: each file in each schema is one transaction, and what is done is written down with it.
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import type { Cluster } from './clusters.ts';
import { ensureRoles } from './ensure-roles.ts';

export const POOLED = { schema: 'tenants', role: 'insula_pooled' } as const;

type File = { name: string; text: string };

function readFolder(folder: 'platform' | 'tenant'): File[] {
  const at = new URL(`../../../migrations/${folder}/`, import.meta.url);
  const names = readdirSync(at)
    .filter((n) => n.endsWith('.sql'))
    .sort();
  return names.map((name) => ({ name, text: readFileSync(new URL(name, at), 'utf8') }));
}

/** The current set of tenant migrations, for the role given. */
export function tenantFiles(role: string): File[] {
  return readFolder('tenant').map(({ name, text }) => ({ name, text: text.replaceAll('{{role}}', role) }));
}

const MIGRATION_LOCK = 'select pg_advisory_lock(7236418)';
const MIGRATION_UNLOCK = 'select pg_advisory_unlock(7236418)';

export type MigrationReport = { cluster: string; applied: string[]; pending: string[]; schemas: number };

/** Brings one cluster up to date (or, with `check`, only says what is missing). Safe to run from several servers at once. */
export async function migrateCluster(
  cluster: Cluster,
  options: { appPassword: string | undefined; check?: boolean },
): Promise<MigrationReport> {
  const client = await cluster.admin.connect();
  try {
    await client.query(MIGRATION_LOCK);
    const found = await walkMigrations(client, cluster.name, true);
    const isCurrent = found.pending.length === 0;
    // The embedded database has no login to set up: when nothing is pending, nothing is left to do.
    if (options.check || (isCurrent && options.appPassword === undefined)) return found;
    await prepare(client, cluster, options.appPassword);
    const report = isCurrent ? found : await walkMigrations(client, cluster.name, false);
    await grantLogin(client, cluster.appLogin);
    return report;
  } finally {
    await client.query(MIGRATION_UNLOCK).catch(() => {});
    client.release();
  }
}

/** Applies what is pending, or only lists it. */
async function walkMigrations(client: pg.PoolClient, name: string, check: boolean): Promise<MigrationReport> {
  const report: MigrationReport = { cluster: name, applied: [], pending: [], schemas: 0 };
  await migratePlatform(client, report, check);
  if (await exists(client, 'platform.tenant_schemas')) await migrateTenants(client, report, check);
  else report.pending.push(...tenantFiles(POOLED.role).map((f) => `${POOLED.schema}/${f.name}`));
  return report;
}

async function grantLogin(client: pg.PoolClient, appLogin: string): Promise<void> {
  const login = pg.escapeIdentifier(appLogin);
  await client.query(`grant usage on schema platform to ${login}; grant select on platform.residents to ${login};
    grant execute on function platform.cluster_of(uuid), platform.beat(uuid), platform.retire(uuid), platform.count_replicas() to ${login};
    grant execute on function platform.claim_work(text[], uuid, interval), platform.renew_work(uuid, uuid, text, interval),
      platform.return_work(uuid, uuid, text, bigint, interval, int) to ${login}`);
}

async function prepare(
  client: pg.PoolClient,
  cluster: Cluster,
  appPassword: string | undefined,
): Promise<void> {
  await ensureRoles(client, { appLogin: cluster.appLogin, appPassword });
  await client.query(`create schema if not exists platform authorization insula_owner;
    create table if not exists platform.migrations (name text primary key, applied_at timestamptz not null default now());
    alter table platform.migrations owner to insula_owner`);
}

async function migratePlatform(
  client: pg.PoolClient,
  report: MigrationReport,
  check: boolean,
): Promise<void> {
  const done = (await exists(client, 'platform.migrations'))
    ? new Set(
        (await client.query<{ name: string }>('select name from platform.migrations')).rows.map(
          (r) => r.name,
        ),
      )
    : new Set<string>();
  for (const file of readFolder('platform')) {
    if (done.has(file.name)) continue;
    if (check) {
      report.pending.push(`platform/${file.name}`);
      continue;
    }
    await inTransaction(client, 'platform', async () => {
      await client.query(file.text);
      await client.query('insert into platform.migrations (name) values ($1)', [file.name]);
    });
    report.applied.push(`platform/${file.name}`);
  }
}

async function migrateTenants(client: pg.PoolClient, report: MigrationReport, check: boolean): Promise<void> {
  const { rows } = await client.query<{ schema_name: string; role_name: string }>(
    'select schema_name, role_name from platform.tenant_schemas order by created_at, schema_name',
  );
  if (!rows.some((r) => r.schema_name === POOLED.schema)) {
    if (check) report.pending.push(`${POOLED.schema}/*`);
    else {
      await createTenantSchema(client, POOLED);
      report.applied.push(`${POOLED.schema}/*`);
    }
  }
  for (const row of rows) {
    report.schemas++;
    const names = await client.query<{ name: string }>(
      'select name from platform.tenant_migrations where schema_name = $1',
      [row.schema_name],
    );
    const done = new Set(names.rows.map((r) => r.name));
    for (const file of tenantFiles(row.role_name)) {
      if (done.has(file.name)) continue;
      if (check) {
        report.pending.push(`${row.schema_name}/${file.name}`);
        continue;
      }
      await inTransaction(client, row.schema_name, () => applyTenantFile(client, row.schema_name, file));
      report.applied.push(`${row.schema_name}/${file.name}`);
    }
  }
}

/** Makes a tenant schema from the current set of migrations, in one transaction; its role must exist. */
export async function createTenantSchema(
  client: pg.PoolClient,
  place: { schema: string; role: string },
): Promise<void> {
  await inTransaction(client, 'platform', async () => {
    await client.query(
      `create schema ${pg.escapeIdentifier(place.schema)}; grant usage on schema ${pg.escapeIdentifier(place.schema)} to ${pg.escapeIdentifier(place.role)}`,
    );
    await client.query('insert into platform.tenant_schemas (schema_name, role_name) values ($1, $2)', [
      place.schema,
      place.role,
    ]);
    await client.query("select set_config('search_path', $1, true)", [searchPath(place.schema)]);
    for (const file of tenantFiles(place.role)) await applyTenantFile(client, place.schema, file);
  });
}

async function applyTenantFile(client: pg.PoolClient, schema: string, file: File): Promise<void> {
  await client.query(file.text);
  await client.query('insert into platform.tenant_migrations (schema_name, name) values ($1, $2)', [
    schema,
    file.name,
  ]);
}

async function inTransaction(
  client: pg.PoolClient,
  schema: string,
  work: () => Promise<void>,
): Promise<void> {
  await client.query(
    "begin; set local role insula_owner; set local lock_timeout = '60s'; set local statement_timeout = 0",
  );
  try {
    await client.query("select set_config('search_path', $1, true)", [searchPath(schema)]);
    await work();
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

const searchPath = (schema: string) => `${pg.escapeIdentifier(schema)}, pg_catalog, pg_temp`;

async function exists(client: pg.PoolClient, table: string): Promise<boolean> {
  return (
    (await client.query<{ found: boolean }>('select to_regclass($1) is not null as found', [table])).rows[0]
      ?.found ?? false
  );
}
