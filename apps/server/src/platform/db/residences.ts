// Where an organization's tables are: the pooled schema everybody is in, or a schema and a role of its own; and the register
// of residents, which is what every door reads.
import pg from 'pg';
import type { Cluster } from './clusters.ts';
import { ensureDedicatedRole } from './ensure-roles.ts';
import { createTenantSchema, POOLED } from './migrate.ts';
import type { Owner, OwnerTx } from './owner.ts';

export type Placement = 'pooled' | 'dedicated';
export type Residence = { schema: string; role: string };

const quoted = pg.escapeIdentifier;

/** Schema and role of an organization's place. */
export function residenceOf(organizationId: string, placement: Placement): Residence {
  if (placement === 'pooled') return POOLED;
  const compact = organizationId.replaceAll('-', '');
  return { schema: `o_${compact}`, role: `insula_o_${compact}` };
}

/** The placement that a schema stands for. */
export function placementOf(schema: string): Placement {
  return schema === POOLED.schema ? 'pooled' : 'dedicated';
}

/** Makes the schema and role of a place where they are missing; the pooled ones always exist. */
export async function ensureSchema(cluster: Cluster, residence: Residence): Promise<void> {
  if (residence.schema === POOLED.schema) return;
  const client = await cluster.admin.connect();
  let broken: Error | undefined;
  const hear = (error: Error) => {
    broken = error;
  };
  client.on('error', hear);
  try {
    await ensureDedicatedRole(client, residence.role, cluster.appLogin);
    const { rowCount } = await client.query('select from platform.tenant_schemas where schema_name = $1', [
      residence.schema,
    ]);
    if (rowCount === 0) await createTenantSchema(client, residence);
  } finally {
    if (!broken) client.off('error', hear);
    client.release(broken);
  }
}

/** Drops a dedicated schema with everything in it, and its role unless another database of the server uses it. */
export async function dropSchema(owner: Owner, residence: Residence): Promise<void> {
  if (residence.schema === POOLED.schema) return;
  await owner.transact(async (tx) => {
    await tx.query(`drop schema if exists ${quoted(residence.schema)} cascade`);
    await tx.query('delete from platform.tenant_schemas where schema_name = $1', [residence.schema]);
  });
  const role = pg.escapeLiteral(residence.role);
  const login = quoted(owner.cluster.appLogin);
  await owner.administer(`do $$ begin
    if to_regrole(${role}) is not null then revoke ${quoted(residence.role)} from ${login}; end if;
  end $$`);
  await owner.administer(`do $$ begin
    drop role if exists ${quoted(residence.role)};
  exception when dependent_objects_still_exist then null; end $$`);
}

/** Where the organization lives in this cluster, as the doors see it. */
export async function findResidence(tx: OwnerTx, organizationId: string): Promise<Residence | undefined> {
  const { rows } = await tx.query<{ schema: string; role: string }>(
    'select schema_name as schema, role_name as role from platform.residents where organization_id = $1',
    [organizationId],
  );
  return rows[0];
}

/** Lets the doors find the organization at a residence, in place of an earlier one. */
export async function setResidence(tx: OwnerTx, organizationId: string, residence: Residence): Promise<void> {
  await tx.query(
    `insert into platform.residents (organization_id, schema_name, role_name) values ($1, $2, $3)
      on conflict (organization_id) do update set schema_name = excluded.schema_name, role_name = excluded.role_name`,
    [organizationId, residence.schema, residence.role],
  );
}

/** Closes the doors of an organization in this cluster. */
export async function removeResidence(tx: OwnerTx, organizationId: string): Promise<void> {
  await tx.query('delete from platform.residents where organization_id = $1', [organizationId]);
}
