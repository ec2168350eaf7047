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

-- What the ledger does not say of a model call: how its target was chosen, and, where the organization wants it, what was
-- asked and answered. Metadata of every call is in the ledger; a row here only where there is more to say.
create table request_log (
  organization_id uuid not null references organization on delete cascade,
  id uuid not null, -- the call's, in the ledger
  workspace_id uuid not null,
  at timestamptz not null default now(),
  chain jsonb not null default '[]', -- targets that were passed over or failed, in order, with the reason
  findings jsonb not null default '[]', -- what guardrails found: kinds and counts, never the text
  content text not null default 'none' check (content in ('none', 'redacted', 'full')),
  request text,
  response text,
  primary key (organization_id, id),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade
);
create index request_log_by_workspace on request_log (organization_id, workspace_id, at desc);
select platform.wall('request_log', '{{role}}', 'select, insert, delete', 'workspace_id');
