-- What every organization has, the same in the pooled schema and in each dedicated one. {{role}} is the tenant's role.

-- The organization about itself; what the operator decides (slug, plan, status) stands in the platform's directory.
create table organization (
  organization_id uuid primary key,
  name text not null,
  domain text,
  contact_email text,
  contact_name text,
  configuration jsonb not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
select platform.wall('organization', '{{role}}', 'select, insert, update');

create table workspaces (
  organization_id uuid not null references organization on delete cascade,
  id uuid not null,
  name text not null,
  slug text not null,
  description text not null default '',
  settings jsonb not null default '{}',
  document_count int not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, slug)
);
select platform.wall('workspaces', '{{role}}', 'select, insert, update, delete', 'id');

create table roles (
  organization_id uuid not null references organization on delete cascade,
  id uuid not null,
  slug text not null,
  name text not null,
  permissions text[] not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, slug)
);
select platform.wall('roles', '{{role}}', 'select, insert, update, delete');

create table members (
  organization_id uuid not null references organization on delete cascade,
  id uuid not null,
  account_id uuid,
  email text not null,
  name text not null,
  role text not null,
  status text not null default 'active' check (status in ('active', 'suspended')),
  last_active_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, account_id)
);
create unique index members_by_email on members (organization_id, lower(email));
select platform.wall('members', '{{role}}', 'select, insert, update, delete');

create table workspace_members (
  organization_id uuid not null,
  workspace_id uuid not null,
  member_id uuid not null,
  role text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, workspace_id, member_id),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade,
  foreign key (organization_id, member_id) references members on delete cascade
);
create index workspace_members_by_member on workspace_members (organization_id, member_id);
select platform.wall('workspace_members', '{{role}}', 'select, insert, update, delete', 'workspace_id');

create table invitations (
  organization_id uuid not null references organization on delete cascade,
  id uuid not null,
  email text not null,
  role text not null,
  workspace_roles jsonb not null default '[]',
  token_hash bytea not null,
  invited_by uuid,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, token_hash)
);
select platform.wall('invitations', '{{role}}', 'select, insert, update, delete');

create table sessions (
  organization_id uuid not null,
  id uuid not null,
  member_id uuid not null,
  method text not null,
  -- The refresh token is a MAC over this seed and its generation; an older generation that comes back was stolen.
  refresh_seed bytea not null,
  refresh_generation int not null default 0,
  refreshed_at timestamptz,
  -- When the person last proved the password; a session that is older than the account's password is over.
  confirmed_at timestamptz not null,
  ip text,
  user_agent text,
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  end_reason text,
  primary key (organization_id, id),
  foreign key (organization_id, member_id) references members on delete cascade
);
create index sessions_by_member on sessions (organization_id, member_id, id);
select platform.wall('sessions', '{{role}}', 'select, insert, update, delete');

create table api_keys (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  name text not null,
  mode text not null check (mode in ('live', 'test')),
  reference text not null,
  key_hash bytea not null,
  scopes text[] not null,
  -- Those of its permissions that its creator had in the whole organization; the others hold in the workspace only.
  organization_permissions text[] not null default '{}',
  rate_limit_per_minute int,
  created_by uuid,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, reference),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade
);
create index api_keys_by_workspace on api_keys (organization_id, workspace_id, id);
create index api_keys_by_creator on api_keys (organization_id, created_by) where revoked_at is null;
select platform.wall('api_keys', '{{role}}', 'select, insert, update, delete', 'workspace_id');

create table credentials (
  organization_id uuid not null references organization on delete cascade,
  id uuid not null,
  workspace_id uuid,
  name text not null,
  provider text not null,
  base_url text not null,
  secret bytea,
  secret_hint text,
  settings jsonb not null default '{}',
  models text[],
  priority int not null default 100,
  status text not null default 'active' check (status in ('active', 'disabled')),
  tested_at timestamptz,
  test_error text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade
);
create index credentials_by_workspace on credentials (organization_id, workspace_id, id);
select platform.wall('credentials', '{{role}}', 'select, insert, update, delete', 'workspace_id');

create table agents (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  name text not null,
  slug text not null,
  description text not null default '',
  system_prompt text not null default '',
  model_provider text,
  model_name text,
  temperature double precision not null default 0.7,
  enabled_tools text[] not null default '{}',
  tool_config jsonb not null default '{}',
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, workspace_id, slug),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade
);
select platform.wall('agents', '{{role}}', 'select, insert, update, delete', 'workspace_id');

-- The trail: written in the transaction of the change it tells of, never changed, sealed into a chain within a second.
create table events (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid,
  at timestamptz not null default clock_timestamp(),
  type text not null,
  actor_kind text not null,
  actor_id uuid,
  actor_name text,
  subject_type text not null,
  subject_id text not null,
  details jsonb not null default '{}',
  request_id uuid,
  ip text,
  primary key (organization_id, id)
);
create index events_by_type on events (organization_id, type, id);
create index events_by_subject on events (organization_id, subject_id, id);
create index events_by_actor on events (organization_id, actor_id, id);
create index events_by_workspace on events (organization_id, workspace_id, id);
select platform.wall('events', '{{role}}', 'select, insert', 'workspace_id', 'select');

-- What still waits to be sealed; an event that is neither here nor sealed is found by verification.
create table events_unsealed (
  organization_id uuid not null,
  event_id uuid not null,
  primary key (organization_id, event_id)
);
select platform.wall('events_unsealed', '{{role}}', 'select, insert, delete');

create table event_seals (
  organization_id uuid not null,
  seq bigint not null,
  event_id uuid not null,
  hash bytea not null,
  sealed_at timestamptz not null default now(),
  primary key (organization_id, seq),
  unique (organization_id, event_id)
);
select platform.wall('event_seals', '{{role}}', 'select, insert');

create table event_checkpoints (
  organization_id uuid not null,
  seq bigint not null,
  hash bytea not null,
  signing_key text not null,
  signature bytea not null,
  at timestamptz not null default now(),
  primary key (organization_id, seq)
);
select platform.wall('event_checkpoints', '{{role}}', 'select, insert');

create function refuse_change() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if current_user = 'insula_owner' then
    return case tg_op when 'DELETE' then old else new end; -- moving or deleting a whole organization
  end if;
  raise exception 'The trail is append-only.' using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete on events for each row execute function refuse_change();
create trigger append_only before update or delete on event_seals for each row execute function refuse_change();
create trigger append_only before update or delete on event_checkpoints for each row execute function refuse_change();

-- Requests that carried an Idempotency-Key: the row is written in the transaction of the effect, the answer after it.
create table idempotency (
  organization_id uuid not null,
  actor_id uuid not null,
  key text not null,
  digest bytea not null,
  status int,
  answer bytea,
  created_at timestamptz not null default now(),
  primary key (organization_id, actor_id, key)
);
create index idempotency_by_age on idempotency (organization_id, created_at);
select platform.wall('idempotency', '{{role}}', 'select, insert, update, delete');

-- The platform's own trail lives in the pooled schema, under the nil organization.
do $$ begin
  if '{{role}}' = 'insula_pooled' then
    grant usage on schema tenants to insula_platform;
    grant select, insert on events, event_seals, event_checkpoints to insula_platform;
    grant select, insert, delete on events_unsealed to insula_platform;
    grant select, insert, update, delete on idempotency to insula_platform;
    insert into organization (organization_id, name, configuration) values ('00000000-0000-0000-0000-000000000000', 'Platform', '{}');
    insert into platform.residents values ('00000000-0000-0000-0000-000000000000', 'tenants', 'insula_pooled');
  end if;
end $$;
