// A place for an organization in a database cluster: the pooled schema everybody shares, or a schema and role of its own.
import pg from 'pg';
import type { Cluster } from '../../../platform/db/clusters.ts';
import { ensureDedicatedRole } from '../../../platform/db/ensure-roles.ts';
import { createTenantSchema, POOLED } from '../../../platform/db/migrate.ts';

export type Place = { organizationId: string; placement: 'pooled' | 'dedicated' };
export type Residence = { schema: string; role: string };

/** Schema and role of a place. */
export function residenceOf(place: Place): Residence {
  if (place.placement === 'pooled') return POOLED;
  const compact = place.organizationId.replaceAll('-', '');
  return { schema: `o_${compact}`, role: `insula_o_${compact}` };
}

/** Makes the place and registers the organization there, so that the door finds it. */
export async function makePlace(cluster: Cluster, place: Place): Promise<Residence> {
  const residence = residenceOf(place);
  const client = await cluster.admin.connect();
  try {
    if (place.placement === 'dedicated') await makeSchema(client, cluster, residence);
    await register(client, place.organizationId, residence);
  } finally {
    client.release();
  }
  return residence;
}

/** Makes the schema and role of a dedicated place. */
export async function makeSchema(
  client: pg.PoolClient,
  cluster: Cluster,
  residence: Residence,
): Promise<void> {
  await ensureDedicatedRole(client, residence.role, cluster.appLogin);
  await createTenantSchema(client, residence);
}

/** Registers an organization at a residence. */
export async function register(
  client: pg.PoolClient,
  organizationId: string,
  residence: Residence,
): Promise<void> {
  await client.query(
    'insert into platform.residents (organization_id, schema_name, role_name) values ($1, $2, $3)',
    [organizationId, residence.schema, residence.role],
  );
}

/** Takes a place away again, with whatever is in it: for provisioning that failed. */
export async function clearPlace(cluster: Cluster, place: Place): Promise<void> {
  const residence = residenceOf(place);
  const client = await cluster.admin.connect();
  try {
    await client.query('delete from platform.residents where organization_id = $1', [place.organizationId]);
    if (place.placement === 'dedicated') await dropSchema(client, residence);
    else
      await client.query(
        `delete from ${pg.escapeIdentifier(POOLED.schema)}.organization where organization_id = $1`,
        [place.organizationId],
      );
  } finally {
    client.release();
  }
}

/** Drops a dedicated schema and its role. */
export async function dropSchema(client: pg.PoolClient, residence: Residence): Promise<void> {
  await client.query(`drop schema if exists ${pg.escapeIdentifier(residence.schema)} cascade`);
  await client.query('delete from platform.tenant_schemas where schema_name = $1', [residence.schema]);
  await client.query(`do $$ begin if exists (select from pg_roles where rolname = ${pg.escapeLiteral(residence.role)}) then
    drop owned by ${pg.escapeIdentifier(residence.role)}; drop role ${pg.escapeIdentifier(residence.role)}; end if; end $$`);
}
