// The rules of the catalogue, each a query that answers what breaks it (`object`, `message`). The relations they select from
// are made by `lint-catalogue.ts`.

/** Tables of the platform that hold no row of an organization's own, or none that another could use; no tenant reads them. */
const unwalled = `('platform.migrations', 'platform.tenant_migrations', 'platform.tenant_schemas', 'platform.residents',
  'platform.replicas', 'ledger.sweeps')`;

/** What `platform.wall` makes of the organization, as the catalogue spells it. */
const mine = `(organization_id = ( SELECT (NULLIF(current_setting(''app.organization''::text, true), ''''::text))::uuid AS "nullif"))`;

/** What `platform.wall` and `platform.share_wall` make of workspaces: those in sight, and what is shared with one in sight. */
const texts = `string_to_array(NULLIF(NULLIF(current_setting(''app.workspaces''::text, true), ''''::text), ''*''::text), '',''::text)`;
const sight = `ANY (( SELECT (${texts})::uuid[] AS string_to_array)::uuid[]))`;
const within = `((( SELECT CURRENT_USER AS "current_user") = ''insula_owner''::name) OR (( SELECT current_setting(''app.workspaces''::text, true) AS current_setting) = ''*''::text) OR (workspace_id = ${sight}`;
const shared = `ANY (( SELECT array_agg(s.collection_id) AS array_agg FROM PLACE.collection_shares s WHERE (${mine.replace('(organization_id', '(s.organization_id')} AND (s.to_workspace_id = ${sight}))::uuid[])))`;
const told = `((type = ANY (ARRAY[''collection.shared''::text, ''collection.unshared''::text])) AND ((details ->> ''with_workspace_id''::text) = ANY (( SELECT ${texts} AS string_to_array)::text[]))))`;
/** How much further than the workspaces in sight a table may be read. */
const wider = `case relname when 'collections' then '(id = ${shared}' when 'collection_shares' then '(to_workspace_id = ${sight})'
  when 'events' then '${told}' else '(collection_id = ${shared}' end`;

/** Who may do what where, beside the owner: anything else that was granted is a mistake. */
const granted = `(
  (t.of_tenants and grantee = t.role_name and privilege in ('SELECT', 'INSERT'))
  or (t.of_tenants and grantee = t.role_name and privilege in ('UPDATE', 'DELETE')
    and t.relname not in ('events', 'event_seals', 'event_checkpoints')
    and not (t.relname = 'organization' and privilege = 'DELETE')
    and not (t.relname = 'events_unsealed' and privilege = 'UPDATE'))
  or (t.place = 'tenants' and grantee = 'insula_platform'
    and (t.relname in ('events', 'event_seals', 'event_checkpoints') and privilege in ('SELECT', 'INSERT')
      or t.relname = 'events_unsealed' and privilege in ('SELECT', 'INSERT', 'DELETE')
      or t.relname = 'idempotency' and privilege in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')))
  or (t.place = 'platform' and grantee = 'insula_platform' and privilege in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    and t.relname not in ('migrations', 'tenant_migrations', 'replicas', 'residents', 'tenant_schemas'))
  or (t.name in ('platform.replicas', 'platform.residents', 'platform.tenant_schemas')
    and grantee = 'insula_platform' and privilege = 'SELECT')
  or (t.name = 'platform.residents' and grantee like 'insula\\_app\\_%' and privilege = 'SELECT')
  or (t.name in ('ledger.entries', 'ledger.calls') and grantee in ('insula_tenant', 'insula_platform') and privilege = 'SELECT')
  or (t.name = 'ledger.budget_periods' and grantee = 'insula_tenant' and privilege = 'SELECT')
  or (t.name = 'ledger.entries' and grantee = 'insula_ledger' and privilege = 'INSERT')
  or (t.name in ('ledger.prices', 'ledger.price_versions')
    and (grantee in ('insula_tenant', 'insula_platform', 'insula_ledger') and privilege = 'SELECT'
      or grantee = 'insula_platform' and privilege = 'INSERT'))
  or (t.name in ('ledger.ratings', 'ledger.re_ratings') and grantee = 'insula_tenant' and privilege in ('SELECT', 'INSERT'))
  or (t.name = 'ledger.re_ratings' and grantee = 'insula_tenant' and privilege = 'UPDATE')
)`;

const executes = `(
  (f.name in ('platform.cluster_of', 'platform.beat', 'platform.retire', 'platform.count_replicas',
    'platform.claim_work', 'platform.renew_work', 'platform.return_work') and grantee like 'insula\\_app\\_%')
  or (f.name = 'platform.tell_work' and grantee = 'insula_tenant')
  or (f.name = 'platform.unsealed_organizations' and grantee = 'insula_platform')
  or (f.name in ('ledger.make_partitions', 'ledger.sweep_orphans', 'ledger.intend', 'ledger.settle', 'ledger.list_due_budgets',
    'ledger.mark_told', 'ledger.unfinished_re_ratings') and grantee = 'insula_ledger')
)`;

const functions = `, functions as (
  select f.oid, p.name || '.' || f.proname as name, f.prosecdef, f.proconfig, f.proacl, f.proowner, f.prorettype
  from pg_proc f join places p on p.oid = f.pronamespace
)`;

/** Every rule. */
export const catalogueRules: { rule: string; text: string }[] = [
  {
    rule: 'row-security',
    text: `select name as object, 'row-level security is not both on and forced' as message from tables
      where not (relrowsecurity and relforcerowsecurity) and name not in ${unwalled}`,
  },
  {
    rule: 'policy',
    text: `, policies as (
        select t.name, p.policyname, p.permissive, p.roles::text[] as roles, p.cmd, p.qual, p.with_check from pg_policies p
        join tables t on t.name = p.schemaname || '.' || p.tablename where t.of_tenants
      )
      select t.name as object, 'has no policy on the organization as platform.wall makes it' as message from tables t
      where t.of_tenants and not exists (select from policies p where p.name = t.name and p.policyname = 'organization'
        and p.permissive = 'PERMISSIVE' and p.cmd = 'ALL' and p.qual = '${mine}' and p.with_check = '${mine}')
      union all
      select name, 'has the further permissive policy ' || policyname from policies
      where permissive = 'PERMISSIVE' and policyname <> 'organization'
        and not (policyname = 'owner' and roles = '{insula_owner}')
      union all
      select t.name, 'names a workspace and has no restrictive policy on it' from tables t
      where t.of_tenants and (t.relname = 'workspaces' or exists (select from pg_attribute a
        where a.attrelid = t.oid and a.attname = 'workspace_id' and not a.attisdropped))
      and not exists (select from policies p where p.name = t.name and p.permissive = 'RESTRICTIVE' and p.roles = '{public}'
        and p.cmd in ('ALL', 'SELECT') and p.qual like '%app.workspaces%' and p.qual like '%= ANY%')`,
  },
  {
    rule: 'workspace-wall',
    text: `, walls as (
        select t.name, t.relname, t.place, p.cmd, p.with_check, regexp_replace(case t.relname when 'workspaces'
          then replace(p.qual, '(id = ANY', '(workspace_id = ANY') else p.qual end, '\\s+', ' ', 'g') as qual
        from pg_policies p join tables t on t.name = p.schemaname || '.' || p.tablename
        where t.of_tenants and p.permissive = 'RESTRICTIVE'
      ), changes as (
        select t.name, c.cmd from tables t, (values ('INSERT'), ('UPDATE'), ('DELETE')) as c (cmd)
        where t.relname <> 'events' and exists (select from walls w where w.name = t.name and w.cmd = 'SELECT')
      )
      select name as object, 'lets ' || lower(cmd) || ' reach further than the workspaces in sight' as message from walls
      where cmd <> 'SELECT' and (cmd <> 'INSERT' and qual is distinct from '${within})'
        or cmd in ('INSERT', 'UPDATE') and with_check is distinct from '${within})')
      union all
      select name, 'is read further than its workspaces, and what is shared with one, are in sight' from walls
      where cmd = 'SELECT' and qual <> '${within})' and qual <> '${within} OR ' || replace(${wider}, 'PLACE', place)
      union all
      select name, 'has no restrictive policy for ' || lower(cmd) || ' beside the one for reading' from changes c
      where not exists (select from walls w where w.name = c.name and w.cmd = c.cmd)`,
  },
  {
    rule: 'organization-first',
    text: `select t.name as object, 'has no organization_id that is a uuid and never null' as message from tables t
      where t.of_tenants and not exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = 'organization_id'
        and a.atttypid = 'uuid'::regtype and a.attnotnull)
      union all
      select t.name, 'has no primary key' from tables t
      where t.of_tenants and not exists (select from indexes i where i.indrelid = t.oid and i.indisprimary)
      union all
      select i.name, case when i.indisunique then 'is unique across organizations, which tells of them'
        else 'does not begin with organization_id' end
      from indexes i where i.of_tenants and i.leads is distinct from 'organization_id'`,
  },
  {
    rule: 'foreign-key',
    text: `, keys as (
        select k.conname, t.name, k.conrelid, k.confrelid, k.conkey, t.of_tenants from pg_constraint k
        join tables t on t.oid = k.conrelid where k.contype = 'f'
      )
      select k.name || ' ' || k.conname as object, 'has no index that begins with its columns' as message from keys k
      where not exists (select from indexes i where i.indrelid = k.conrelid and not i.is_partial
        and i.keys[0:cardinality(k.conkey) - 1] @> k.conkey)
      union all
      select k.name || ' ' || k.conname, 'does not carry the organization: a row could point into another one' from keys k
      where k.of_tenants and not exists (select from pg_attribute a where a.attrelid = k.conrelid
        and a.attname = 'organization_id' and a.attnum = any (k.conkey))
      union all
      select k.name || ' ' || k.conname, 'leads out of the schema' from keys k where k.of_tenants
        and not exists (select from relations a, relations b where a.oid = k.conrelid and b.oid = k.confrelid and a.place = b.place)`,
  },
  {
    rule: 'grant',
    text: `, grants as (
        select t.*, coalesce(r.rolname, 'PUBLIC') as grantee, a.privilege_type as privilege
        from relations t, aclexplode(t.relacl) a left join pg_roles r on r.oid = a.grantee where a.grantee <> t.relowner
        union all
        select t.*, coalesce(r.rolname, 'PUBLIC'), a.privilege_type || ' of a column' from relations t
        join pg_attribute c on c.attrelid = t.oid, aclexplode(c.attacl) a left join pg_roles r on r.oid = a.grantee
      )
      select t.name as object, grantee || ' was granted ' || privilege as message from grants t where not ${granted}
      union all
      select p.name, coalesce(r.rolname, 'PUBLIC') || ' was granted ' || a.privilege_type || ' on the schema'
      from places p join pg_namespace n on n.oid = p.oid, aclexplode(n.nspacl) a left join pg_roles r on r.oid = a.grantee
      where a.grantee <> n.nspowner and not (a.privilege_type = 'USAGE' and r.rolname is not null and (r.rolname = p.role_name
        or r.rolname = 'insula_platform' and p.name in ('tenants', 'platform', 'ledger')
        or r.rolname in ('insula_tenant', 'insula_ledger') and p.name in ('platform', 'ledger')
        or r.rolname like 'insula\\_app\\_%' and p.name = 'platform'))`,
  },
  {
    rule: 'function',
    text: `${functions}
      select name as object, 'is security definer and does not pin its search_path with pg_temp last' as message
      from functions where prosecdef and not exists (select from unnest(proconfig) c
        where c ~ '^search_path=(.*, )?pg_temp$' and c not like '%$user%' and c not like '%public%')
      union all
      select name, 'can be executed by everybody' from functions
      where prorettype <> 'trigger'::regtype and (proacl is null or exists (select from aclexplode(proacl) a where a.grantee = 0))
      union all
      select f.name, 'can be executed by ' || f.grantee from (
        select f.*, r.rolname as grantee from functions f, aclexplode(f.proacl) a join pg_roles r on r.oid = a.grantee
        where a.grantee <> f.proowner) f where not ${executes}`,
  },
  {
    rule: 'view',
    text: `select name as object, 'is a view that reads with the rights of its owner: make it security_invoker' as message
      from relations where relkind = 'v' and not coalesce(reloptions @> '{security_invoker=true}', false)
      union all
      select name, 'is materialized or foreign: row-level security does not reach it' from relations where relkind in ('m', 'f')`,
  },
  {
    rule: 'owner',
    text: `${functions}
      select name as object, 'belongs to ' || relowner::regrole || ' instead of insula_owner' as message
      from relations where relowner::regrole::text <> 'insula_owner'
      union all
      select name, 'belongs to ' || proowner::regrole || ' instead of insula_owner' from functions
      where proowner::regrole::text <> 'insula_owner'
      union all
      select n.nspname, 'the schema belongs to ' || n.nspowner::regrole || ' instead of insula_owner' from pg_namespace n
      join places p on p.oid = n.oid where n.nspowner::regrole::text <> 'insula_owner'
      union all
      select c.relname, 'belongs to ' || r.rolname || ', which may own nothing' from pg_class c
      join roles r on r.oid = c.relowner where r.rolname <> 'insula_owner'`,
  },
  {
    rule: 'role',
    text: `select rolname as object, 'may do what no role of ours may: superuser, bypassrls, createrole, createdb or replication'
        as message from roles where rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication
      union all
      select rolname, 'can log in' from roles where rolcanlogin and rolname not like 'insula\\_app\\_%'
      union all
      select rolname, 'inherits the rights of its groups' from roles where rolinherit and rolname like 'insula\\_app\\_%'
      union all
      select m.rolname, 'is a member of ' || g.rolname from pg_auth_members am
      join roles m on m.oid = am.member join pg_roles g on g.oid = am.roleid
      where not (m.rolname like 'insula\\_app\\_%' and g.rolname <> 'insula_owner' and g.rolname like 'insula\\_%')
        and not (g.rolname = 'insula_tenant' and m.rolname in (select role_name from platform.tenant_schemas))`,
  },
];
