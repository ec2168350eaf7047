-- Model routes: a name that stands for several targets.
create table model_routes (
  organization_id uuid not null references organization on delete cascade,
  id uuid not null,
  workspace_id uuid, -- null: holds in every workspace that has no route of that name
  name text not null,
  description text not null default '',
  strategy text not null check (strategy in ('ordered', 'weighted', 'least_latency', 'lowest_cost')),
  sticky text not null check (sticky in ('none', 'caller', 'user')),
  targets jsonb not null,
  attempts_max int not null check (attempts_max between 1 and 10),
  timeout_ms int check (timeout_ms > 0),
  first_byte_timeout_ms int check (first_byte_timeout_ms > 0),
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique nulls not distinct (organization_id, workspace_id, name),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade
);
create index model_routes_by_workspace on model_routes (organization_id, workspace_id, id);
select platform.wall('model_routes', '{{role}}', 'select, insert, update, delete', 'workspace_id');
