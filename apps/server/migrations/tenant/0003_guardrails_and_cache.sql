-- What may go into model calls and come out of them: one policy a workspace, and one (workspace_id null) for all of them.
create table guardrails (
  organization_id uuid not null references organization on delete cascade,
  id uuid not null,
  workspace_id uuid,
  policy jsonb not null,
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique nulls not distinct (organization_id, workspace_id),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade
);
select platform.wall('guardrails', '{{role}}', 'select, insert, update, delete', 'workspace_id');

-- How a workspace's answers are cached. The answers themselves are never rows; generation moves on when they are emptied.
create table answer_caches (
  organization_id uuid not null,
  workspace_id uuid not null,
  mode text not null check (mode in ('off', 'exact', 'semantic')),
  ttl_seconds int not null,
  cache_sampled boolean not null,
  similarity_threshold double precision not null,
  max_entries int not null,
  generation int not null default 1,
  emptied_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (organization_id, workspace_id),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade
);
select platform.wall('answer_caches', '{{role}}', 'select, insert, update, delete', 'workspace_id');
