-- Retrieval tests: questions with the documents or passages that should be found, and what searches made of them.

create table test_sets (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  name text not null,
  description text not null default '',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, workspace_id, name),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade
);
create index test_sets_by_workspace on test_sets (organization_id, workspace_id, id);
select platform.wall('test_sets', '{{role}}', 'select, insert, update, delete', 'workspace_id');

create table test_queries (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  test_set_id uuid not null,
  key text not null, -- the caller's own name for it; what comes under the same name replaces it
  query text not null,
  expected jsonb not null, -- [{"kind": "document" | "external" | "passage", "id": text, "grade": number}]
  primary key (organization_id, id),
  unique (organization_id, test_set_id, key),
  foreign key (organization_id, test_set_id) references test_sets on delete cascade
);
create index test_queries_by_set on test_queries (organization_id, test_set_id, id);
select platform.wall('test_queries', '{{role}}', 'select, insert, update, delete', 'workspace_id');

create table test_runs (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  test_set_id uuid not null,
  name text not null default '',
  settings jsonb not null,
  status text not null check (status in ('queued', 'running', 'done', 'failed')),
  error text,
  queries int not null,
  queries_done int not null default 0,
  -- Means over the queries, once all are done.
  ndcg_10 double precision,
  recall double precision,
  reciprocal_rank double precision,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  primary key (organization_id, id),
  foreign key (organization_id, test_set_id) references test_sets on delete cascade
);
create index test_runs_by_set on test_runs (organization_id, test_set_id, id);
create index test_runs_under_way on test_runs (organization_id, id) where status in ('queued', 'running');
select platform.wall('test_runs', '{{role}}', 'select, insert, update, delete', 'workspace_id');

create table test_results (
  organization_id uuid not null,
  run_id uuid not null,
  id uuid not null, -- of the query, as it was then
  workspace_id uuid not null,
  key text not null,
  query text not null,
  ndcg_10 double precision not null,
  recall double precision not null,
  reciprocal_rank double precision not null,
  found jsonb not null, -- the first ten: [{"id": text, "title": text, "grade": number}]
  expected_count int not null,
  latency_ms double precision not null,
  primary key (organization_id, run_id, id),
  foreign key (organization_id, run_id) references test_runs on delete cascade
);
select platform.wall('test_results', '{{role}}', 'select, insert, update, delete', 'workspace_id');
