-- Money budgets as an organization decides them; what is spent and reserved of them stands in the ledger (budget_periods).
create table budgets (
  organization_id uuid not null references organization on delete cascade,
  id uuid not null,
  name text not null,
  scope text not null check (scope in ('organization', 'workspace', 'api_key')),
  workspace_id uuid,                      -- of the workspace, or of the workspace of the key
  api_key_id uuid,
  key_ids uuid[] not null default '{}',   -- that key, and those that replaced it: rotation is no way out
  amount_micros bigint not null check (amount_micros >= 0),
  currency text not null,
  period text not null check (period in ('day', 'week', 'month', 'total')),
  thresholds int[] not null,              -- percent of the amount at which budget.reached is announced
  unknown_price text not null check (unknown_price in ('refuse', 'allow')),
  -- What the ledger held of the period when the budget was made: it counts, though no reservation was made for it.
  opening_micros bigint not null default 0,
  opening_period timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade,
  foreign key (organization_id, api_key_id) references api_keys on delete cascade,
  check ((scope = 'organization') = (workspace_id is null) and (scope = 'api_key') = (api_key_id is not null))
);
create index budgets_by_workspace on budgets (organization_id, workspace_id, id);
create index budgets_by_key on budgets (organization_id, api_key_id);
select platform.wall('budgets', '{{role}}', 'select, insert, update, delete', 'workspace_id');

-- Which thresholds were announced, so that each is once a period, whatever replica saw it.
create table budget_notices (
  organization_id uuid not null,
  budget_id uuid not null,
  period_start timestamptz not null,
  percent int not null,
  primary key (organization_id, budget_id, period_start, percent),
  foreign key (organization_id, budget_id) references budgets on delete cascade
);
select platform.wall('budget_notices', '{{role}}', 'select, insert, update, delete');

-- Limits of one key and of one workspace, beside those of the organization (its configuration).
alter table api_keys add column rate_limits jsonb not null default '{}';
alter table workspaces add column rate_limits jsonb not null default '{}';
