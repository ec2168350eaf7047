-- The platform's own tables: the directory of organizations, where each lives, accounts, and what the doors need.
-- Runs once per database cluster; the directory itself is used on the main cluster only.

-- Walls a tenant table: row-level security on and forced, one permissive policy per organization, a restrictive one per
-- workspace where the table has such a column, full sight for the owner (migrations, moves), grants for the tenant's role.
create or replace function platform.wall(
  target text, tenant_role text, privileges text, workspace_column text default null, workspace_for text default 'all')
  returns void language plpgsql as $$
declare
  mine constant text := '(select nullif(current_setting(''app.organization'', true), '''')::uuid)';
begin
  execute format('alter table %I enable row level security', target);
  execute format('alter table %I force row level security', target);
  execute format('create policy organization on %I using (organization_id = %s) with check (organization_id = %s)', target, mine, mine);
  execute format('create policy owner on %I to insula_owner using (true) with check (true)', target);
  if workspace_column is not null then
    execute format(
      'create policy workspace on %1$I as restrictive for %3$s using (
         (select current_user) = ''insula_owner'' or (select current_setting(''app.workspaces'', true)) = ''*'' or %2$I = any ((select string_to_array(
           nullif(nullif(current_setting(''app.workspaces'', true), ''''), ''*''), '','')::uuid[])::uuid[]))',
      target, workspace_column, workspace_for);
  end if;
  execute format('grant %s on %I to %I', privileges, target, tenant_role);
end $$;
revoke execute on function platform.wall(text, text, text, text, text) from public;

-- Where an organization lives in this cluster: the one truth that every transaction's door reads.
create table platform.residents (
  organization_id uuid primary key,
  schema_name text not null,
  role_name text not null
);

create table platform.tenant_schemas (
  schema_name text primary key,
  role_name text not null,
  created_at timestamptz not null default now()
);

create table platform.tenant_migrations (
  schema_name text not null references platform.tenant_schemas on delete cascade,
  name text not null,
  applied_at timestamptz not null default now(),
  primary key (schema_name, name)
);

-- The directory. Tenants see their own row, the platform's own code sees all (app.operator).
create table platform.organizations (
  organization_id uuid primary key,
  slug text not null unique,
  name text not null,
  domain text,
  contact_email text,
  contact_name text,
  plan_tier text not null,
  max_users int,
  cluster text not null,
  placement text not null check (placement in ('pooled', 'dedicated')),
  status text not null check (status in ('provisioning', 'active', 'suspended', 'deleting')),
  default_workspace_id uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index organizations_by_creation on platform.organizations (created_at desc, organization_id);

-- In which cluster an organization lives; for the server's own login, before a door is open.
create function platform.cluster_of(organization uuid) returns text
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$ select cluster from platform.organizations where organization_id = organization and status <> 'deleting' $$;
revoke execute on function platform.cluster_of(uuid) from public;

-- Data keys, wrapped by the master key; destroying these rows makes what they sealed unreadable for ever.
create table platform.organization_keys (
  organization_id uuid not null references platform.organizations on delete cascade,
  version int not null,
  wrapped bytea not null,
  master_key_id text not null,
  origin text not null default 'generated' check (origin in ('generated', 'brought')),
  state text not null default 'active' check (state in ('active', 'retiring', 'retired')),
  -- Since when nothing was found that a retiring version sealed; it is destroyed some time after.
  retiring_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (organization_id, version)
);

create table platform.deletion_certificates (
  organization_id uuid primary key,
  certificate jsonb not null,
  created_at timestamptz not null default now()
);

-- The journal of an organization's last move; what a crash leaves under way is undone or carried on from here.
create table platform.moves (
  id uuid not null unique,
  organization_id uuid primary key references platform.organizations on delete cascade,
  from_cluster text not null,
  from_schema text not null,
  from_role text not null,
  to_cluster text not null,
  to_placement text not null,
  step text not null check (step in ('copying', 'switching', 'undoing', 'cleaning', 'draining', 'done')),
  state text not null check (state in ('running', 'done', 'failed')),
  rows bigint not null default 0,
  blocked_ms int not null default 0,
  error text,
  started_at timestamptz not null default now(),
  ended_at timestamptz
);

-- A person's sign-in. It belongs to the platform; no organization can read or change it.
create table platform.accounts (
  account_id uuid primary key,
  email text not null,
  name text not null,
  password_hash text,
  platform_admin boolean not null default false,
  status text not null default 'active' check (status in ('active', 'suspended')),
  password_changed_at timestamptz,
  created_at timestamptz not null default now()
);
create unique index accounts_by_email on platform.accounts (lower(email));

-- In which organizations to look for an account's membership. A hint only: the member row there decides.
create table platform.account_memberships (
  account_id uuid not null references platform.accounts on delete cascade,
  organization_id uuid not null references platform.organizations on delete cascade,
  created_at timestamptz not null default now(),
  primary key (account_id, organization_id)
);
create index account_memberships_by_organization on platform.account_memberships (organization_id);

-- Sign-in attempts not yet proved right, by account, by address, and by account at an address it has signed in from, for
-- growing delays. Subjects are digests: what people type as their address can be their password.
create table platform.sign_in_failures (
  subject text primary key,
  failures int not null,
  blocked_until timestamptz not null,
  updated_at timestamptz not null
);
create index sign_in_failures_by_age on platform.sign_in_failures (updated_at);

-- Servers that run on this cluster; the sweeper trusts heartbeats, not names.
create table platform.replicas (
  id uuid primary key,
  started_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now()
);

-- A server says that it lives; for its own login, before a door is open.
create function platform.beat(replica uuid) returns void
  language sql security definer set search_path = pg_catalog, pg_temp
  as $$ insert into platform.replicas (id) values (replica) on conflict (id) do update set heartbeat_at = clock_timestamp() $$;
create function platform.retire(replica uuid) returns void
  language sql security definer set search_path = pg_catalog, pg_temp
  as $$ delete from platform.replicas where id = replica or heartbeat_at < now() - interval '1 day' $$;
revoke execute on function platform.beat(uuid), platform.retire(uuid) from public;

-- Organizations of this cluster with events that wait to be sealed, whatever schema they live in; ids, nothing else.
create function platform.unsealed_organizations() returns setof uuid
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  place text;
begin
  for place in select schema_name from platform.tenant_schemas loop
    return query execute format('select distinct organization_id from %I.events_unsealed limit 10000', place);
  end loop;
end $$;
revoke execute on function platform.unsealed_organizations() from public;
grant execute on function platform.unsealed_organizations() to insula_platform;

do $$ declare t text; begin
  foreach t in array array['organizations', 'organization_keys', 'account_memberships'] loop
    execute format('alter table platform.%I enable row level security', t);
    execute format('alter table platform.%I force row level security', t);
    execute format('create policy organization on platform.%I using (organization_id = (select nullif(current_setting(''app.organization'', true), '''')::uuid))', t);
    execute format('create policy operator on platform.%I using ((select current_setting(''app.operator'', true)) = ''on'') with check ((select current_setting(''app.operator'', true)) = ''on'')', t);
    execute format('create policy owner on platform.%I to insula_owner using (true) with check (true)', t);
  end loop;
  foreach t in array array['accounts', 'moves', 'deletion_certificates', 'sign_in_failures'] loop
    execute format('alter table platform.%I enable row level security', t);
    execute format('alter table platform.%I force row level security', t);
    execute format('create policy operator on platform.%I using ((select current_setting(''app.operator'', true)) = ''on'') with check ((select current_setting(''app.operator'', true)) = ''on'')', t);
    execute format('create policy owner on platform.%I to insula_owner using (true) with check (true)', t);
  end loop;
end $$;

grant usage on schema platform to insula_platform, insula_tenant, insula_ledger;
grant select, insert, update, delete on platform.organizations, platform.organization_keys, platform.account_memberships,
  platform.accounts, platform.moves, platform.deletion_certificates, platform.sign_in_failures to insula_platform;
grant select on platform.replicas to insula_platform;
grant select on platform.residents, platform.tenant_schemas to insula_platform;
