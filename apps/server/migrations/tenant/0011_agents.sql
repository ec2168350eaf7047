-- Agents get a personality and a history: every change makes a version that never changes again.

alter table agents add column personality jsonb not null default '{}';
alter table agents add column version int not null default 1;
-- The template of the gallery it was made from, by its word.
alter table agents add column template text;
-- Which of the workspace's tools it may call.
alter table agents add column tool_ids uuid[] not null default '{}';

create table agent_versions (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  agent_id uuid not null,
  version int not null,
  -- The agent as it was: every field that a person can set.
  fields jsonb not null,
  changed text[] not null default '{}',
  restored_from int,
  created_by uuid,
  created_by_name text,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, agent_id, version),
  foreign key (organization_id, agent_id) references agents on delete cascade
);
select platform.wall('agent_versions', '{{role}}', 'select, insert', 'workspace_id');

-- Agents from before have their first version too.
insert into agent_versions (organization_id, id, workspace_id, agent_id, version, fields, created_at)
select organization_id, gen_random_uuid(), workspace_id, id, 1, jsonb_build_object(
  'name', name, 'slug', slug, 'description', description, 'system_prompt', system_prompt,
  'model_provider', model_provider, 'model_name', model_name, 'temperature', temperature,
  'enabled_tools', to_jsonb(enabled_tools), 'tool_config', tool_config, 'is_active', is_active,
  'tool_ids', to_jsonb(tool_ids), 'personality', personality), updated_at
from agents;

-- What agents of a workspace may call beside its knowledge: an address that speaks HTTP, an MCP server, another agent.
create table agent_tools (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  name text not null,
  description text not null default '',
  kind text not null check (kind in ('http', 'mcp', 'agent')),
  settings jsonb not null,
  -- Headers that only the tool's server may see, sealed.
  secret bytea,
  requires_approval boolean not null default true,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, workspace_id, name),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade
);
create index agent_tools_by_workspace on agent_tools (organization_id, workspace_id, id);
select platform.wall('agent_tools', '{{role}}', 'select, insert, update, delete', 'workspace_id');
