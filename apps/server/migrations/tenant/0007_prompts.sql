-- Prompts of a workspace: the library with its versions and labels, what was tried with them, the jobs that run them, and the
-- datasets that judge them. Children carry workspace_id for the wall; the workspace itself they reach through their parents.
create table prompts (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  name text not null,
  title text not null,
  description text not null,
  category text not null,
  tags text[] not null,
  is_enhancement_prompt boolean not null default false,
  author_kind text not null check (author_kind in ('member', 'api_key', 'operator', 'system')),
  author_id uuid,
  author_name text not null,
  latest_number int not null check (latest_number > 0),
  found_by text not null,                 -- what a search looks through, in lower case: name, title, tags, the latest content
  removed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade
);
create unique index prompts_by_name on prompts (organization_id, workspace_id, name) where removed_at is null;
create index prompts_by_workspace on prompts (organization_id, workspace_id, id);
create index prompts_removed on prompts (organization_id, removed_at) where removed_at is not null;
select platform.wall('prompts', '{{role}}', 'select, insert, update, delete', 'workspace_id');

-- A version never changes: nobody may update one.
create table prompt_versions (
  organization_id uuid not null,
  prompt_id uuid not null,
  number int not null check (number > 0),
  workspace_id uuid not null,
  content jsonb not null,                 -- a text, or a list of messages
  variables jsonb not null,
  settings jsonb not null,                -- provider, model, parameters
  note text not null,
  author_kind text not null check (author_kind in ('member', 'api_key', 'operator', 'system')),
  author_id uuid,
  author_name text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, prompt_id, number),
  foreign key (organization_id, prompt_id) references prompts on delete cascade
);
select platform.wall('prompt_versions', '{{role}}', 'select, insert', 'workspace_id');

create table prompt_labels (
  organization_id uuid not null,
  prompt_id uuid not null,
  label text not null,
  workspace_id uuid not null,
  number int not null,
  moved_by text not null,
  moved_at timestamptz not null default now(),
  primary key (organization_id, prompt_id, label),
  foreign key (organization_id, prompt_id, number) references prompt_versions on delete cascade
);
create index prompt_labels_by_version on prompt_labels (organization_id, prompt_id, number);
select platform.wall('prompt_labels', '{{role}}', 'select, insert, update, delete', 'workspace_id');

-- A prompt made better by a model: the suggestion, and the version it became.
create table enhancements (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  prompt_id uuid,
  base_number int,
  content jsonb not null,
  instructions text not null,
  suggestion jsonb not null,
  explanation text not null,
  provider text,
  model text,
  call_id uuid not null,
  cost_micros bigint,
  currency text,
  accepted_number int,
  author_kind text not null check (author_kind in ('member', 'api_key', 'operator', 'system')),
  author_id uuid,
  author_name text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade,
  foreign key (organization_id, prompt_id) references prompts on delete cascade
);
create index enhancements_by_workspace on enhancements (organization_id, workspace_id, id);
create index enhancements_by_prompt on enhancements (organization_id, prompt_id);
select platform.wall('enhancements', '{{role}}', 'select, insert, update, delete', 'workspace_id');

-- What a person or key uses in a workspace where it names no model.
create table ai_settings (
  organization_id uuid not null,
  workspace_id uuid not null,
  actor_id uuid not null,
  settings jsonb not null,
  updated_at timestamptz not null default now(),
  primary key (organization_id, workspace_id, actor_id),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade
);
select platform.wall('ai_settings', '{{role}}', 'select, insert, update, delete', 'workspace_id');

create table playground_shares (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  title text not null,
  state jsonb not null,
  author_kind text not null check (author_kind in ('member', 'api_key', 'operator', 'system')),
  author_id uuid,
  author_name text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade
);
create index playground_shares_by_workspace on playground_shares (organization_id, workspace_id, id);
select platform.wall('playground_shares', '{{role}}', 'select, insert, delete', 'workspace_id');

create table comparisons (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  title text not null,
  content jsonb,                          -- what all were asked; null where each candidate is a version of a prompt
  "values" jsonb not null,
  author_kind text not null check (author_kind in ('member', 'api_key', 'operator', 'system')),
  author_id uuid,
  author_name text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade
);
create index comparisons_by_workspace on comparisons (organization_id, workspace_id, id);
select platform.wall('comparisons', '{{role}}', 'select, insert, delete', 'workspace_id');

create table comparison_answers (
  organization_id uuid not null,
  comparison_id uuid not null,
  position int not null,
  workspace_id uuid not null,
  prompt_id uuid,                         -- what was asked, for reading: no reference, so that it outlives the prompt
  prompt_number int,
  settings jsonb not null,
  state text not null check (state in ('running', 'succeeded', 'failed')),
  answer text,
  error_code text,
  error text,
  provider text,
  model text,
  input_tokens int,
  output_tokens int,
  cost_micros bigint,
  currency text,
  latency_ms int,
  call_id uuid not null,
  primary key (organization_id, comparison_id, position),
  foreign key (organization_id, comparison_id) references comparisons on delete cascade
);
select platform.wall('comparison_answers', '{{role}}', 'select, insert, update', 'workspace_id');

create table comparison_votes (
  organization_id uuid not null,
  comparison_id uuid not null,
  voter_id uuid not null,
  workspace_id uuid not null,
  position int not null,
  note text not null,
  voted_at timestamptz not null default now(),
  primary key (organization_id, comparison_id, voter_id),
  foreign key (organization_id, comparison_id, position) references comparison_answers on delete cascade
);
create index comparison_votes_by_answer on comparison_votes (organization_id, comparison_id, position);
select platform.wall('comparison_votes', '{{role}}', 'select, insert, update, delete', 'workspace_id');

-- Work for a model: one call or thousands, now or at a time. The template is a copy, so that a job does what it was made for.
create table jobs (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  name text not null,
  purpose text not null check (purpose in ('job', 'evaluation')),
  mode text not null check (mode in ('wait', 'queue', 'schedule', 'batch')),
  state text not null check (state in ('scheduled', 'queued', 'running', 'succeeded', 'failed', 'cancelled')),
  template jsonb not null,                -- content, variables, settings
  prompt_id uuid,
  prompt_number int,
  concurrency int not null check (concurrency between 1 and 20),
  attempts_max int not null check (attempts_max between 1 and 10),
  cron text,
  time_zone text,
  next_at timestamptz,                    -- when a scheduled job is due
  parent_id uuid,                         -- the schedule that made it
  actor_kind text not null check (actor_kind in ('member', 'api_key', 'operator', 'system')),
  actor_id uuid,
  actor_name text not null,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  primary key (organization_id, id),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade
);
create index jobs_by_workspace on jobs (organization_id, workspace_id, id);
create index jobs_open on jobs (organization_id, id) where state in ('scheduled', 'queued', 'running');
select platform.wall('jobs', '{{role}}', 'select, insert, update, delete', 'workspace_id');

create table job_rows (
  organization_id uuid not null,
  job_id uuid not null,
  number int not null,
  workspace_id uuid not null,
  context jsonb not null,
  state text not null check (state in ('waiting', 'running', 'answered', 'succeeded', 'failed', 'cancelled')),
  attempts int not null default 0,
  not_before timestamptz,                 -- when a row that failed for now is tried again
  lease_until timestamptz,                -- a row under way whose lease ran out was left by a server that died
  call_id uuid,                           -- the call under way or the last one, in the ledger
  answer text,
  error_code text,
  error text,
  provider text,
  model text,
  input_tokens int,
  output_tokens int,
  cost_micros bigint,                     -- of all its calls whose price is known
  currency text,
  latency_ms int,
  scores jsonb,                           -- what an evaluation says of the answer
  is_passed boolean,
  started_at timestamptz,
  ended_at timestamptz,
  primary key (organization_id, job_id, number),
  foreign key (organization_id, job_id) references jobs on delete cascade
);
create index job_rows_by_state on job_rows (organization_id, job_id, state, number);
select platform.wall('job_rows', '{{role}}', 'select, insert, update, delete', 'workspace_id');

create table datasets (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  name text not null,
  description text not null,
  assertions jsonb not null,              -- what holds for the answer to every row
  row_count int not null default 0,
  next_number int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, workspace_id, name),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade
);
select platform.wall('datasets', '{{role}}', 'select, insert, update, delete', 'workspace_id');

create table dataset_rows (
  organization_id uuid not null,
  dataset_id uuid not null,
  number int not null,
  workspace_id uuid not null,
  inputs jsonb not null,
  expected text,
  assertions jsonb not null,              -- what holds for the answer to this row, besides
  primary key (organization_id, dataset_id, number),
  foreign key (organization_id, dataset_id) references datasets on delete cascade
);
select platform.wall('dataset_rows', '{{role}}', 'select, insert, update, delete', 'workspace_id');

-- A version of a prompt tried on a dataset: a job with the same id makes its calls, and its rows have the scores.
create table evaluations (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  prompt_id uuid not null,
  number int not null,
  dataset_id uuid not null,
  assertions jsonb not null,              -- those of the dataset when it began
  primary key (organization_id, id),
  foreign key (organization_id, id) references jobs on delete cascade,
  foreign key (organization_id, prompt_id, number) references prompt_versions on delete cascade,
  foreign key (organization_id, dataset_id) references datasets on delete cascade
);
create index evaluations_by_version on evaluations (organization_id, prompt_id, number);
create index evaluations_by_dataset on evaluations (organization_id, dataset_id);
select platform.wall('evaluations', '{{role}}', 'select, insert, delete', 'workspace_id');

-- What must hold before a label of a prompt moves: an evaluation on the dataset, passed by so large a part of its rows.
create table prompt_gates (
  organization_id uuid not null,
  prompt_id uuid not null,
  label text not null,
  workspace_id uuid not null,
  dataset_id uuid not null,
  minimum_pass_rate double precision not null check (minimum_pass_rate between 0 and 1),
  created_at timestamptz not null default now(),
  primary key (organization_id, prompt_id, label),
  foreign key (organization_id, prompt_id) references prompts on delete cascade,
  foreign key (organization_id, dataset_id) references datasets
);
create index prompt_gates_by_dataset on prompt_gates (organization_id, dataset_id);
select platform.wall('prompt_gates', '{{role}}', 'select, insert, update, delete', 'workspace_id');
