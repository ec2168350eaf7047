// Lints the catalogue of a database: what keeps organizations apart there must hold for every table, index, policy, grant,
// function, view and role, also for those that a later migration adds. It reads and changes nothing.
import { catalogueRules } from './catalogue-rules.ts';

export type CatalogueFinding = { rule: string; object: string; message: string };
type Asked = { query(text: string): Promise<{ rows: unknown[] }> };

/** Everything that is wrong with the catalogue of the database that the client is connected to. */
export async function lintCatalogue(client: Asked): Promise<CatalogueFinding[]> {
  const findings: CatalogueFinding[] = [];
  for (const { rule, text } of catalogueRules) {
    const { rows } = await client.query(`${places}\n${text}`);
    for (const row of rows as { object: string; message: string }[]) findings.push({ rule, ...row });
  }
  return findings;
}

/**
 * What the rules select from. `places`: our schemas, and of tenants' schemas the role they belong to. `relations`: what is
 * in them. `walled`: tables that hold rows of organizations. `roles`: ours, in this database.
 */
const places = `
with places as (
  select n.oid, n.nspname as name, t.role_name, t.schema_name is not null as of_tenants
  from pg_namespace n left join platform.tenant_schemas t on t.schema_name = n.nspname
  where t.schema_name is not null or n.nspname in ('platform', 'ledger')
), relations as (
  select c.oid, p.name || '.' || c.relname as name, c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
    c.relacl, c.relowner, p.name as place, p.role_name, p.of_tenants
  from pg_class c join places p on p.oid = c.relnamespace
), tables as (
  select * from relations where relkind in ('r', 'p')
), indexes as (
  select t.name as table_name, t.of_tenants, i.indrelid, i.indexrelid::regclass::text as name, i.indisprimary, i.indisunique,
    i.indpred is not null as is_partial, i.indkey::int2[] as keys,
    (select attname from pg_attribute a where a.attrelid = i.indrelid and a.attnum = i.indkey[0]) as leads
  from pg_index i join tables t on t.oid = i.indrelid
), roles as (
  select * from pg_roles where rolname in ('insula_owner', 'insula_tenant', 'insula_pooled', 'insula_platform', 'insula_ledger')
    or rolname in (select role_name from platform.tenant_schemas)
    or rolname = 'insula_app_' || left(encode(sha256(current_database()::text::bytea), 'hex'), 8)
)`;
