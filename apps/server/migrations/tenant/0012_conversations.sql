-- Conversations: what people and programs said to agents and were answered. Only their owner sees them, and those a link was given to.

create table conversations (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  agent_id uuid,
  owner_kind text not null check (owner_kind in ('member', 'api_key', 'operator')),
  owner_id uuid not null,
  -- For whom a program asks, in its own words; empty for people.
  end_user text not null default '',
  -- The asker's own name for it; what comes under the same name goes on with it.
  session_id text not null,
  -- For clients that know conversations by a number.
  number bigint not null,
  title text not null,
  title_source text not null default 'question' check (title_source in ('question', 'hand', 'model')),
  -- The last message of the branch that is shown; null before the first one.
  active_message_id uuid,
  -- The newest message, or the conversation itself: the newest activity comes first in lists.
  activity_id uuid not null,
  message_count int not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, number),
  unique (organization_id, workspace_id, owner_kind, owner_id, end_user, session_id),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade,
  foreign key (organization_id, agent_id) references agents on delete set null (agent_id)
);
create index conversations_by_activity on conversations (organization_id, workspace_id, owner_kind, owner_id, activity_id);
create index conversations_by_agent on conversations (organization_id, agent_id);
select platform.wall('conversations', '{{role}}', 'select, insert, update, delete', 'workspace_id');

-- A tree: the parent is the message before it, or the conversation for a first one; several children are branches.
create table messages (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  conversation_id uuid not null,
  parent_id uuid not null,
  role text not null check (role in ('user', 'assistant')),
  -- Parts as the UI messages of the AI SDK have them; `text` is what of them is words, for search.
  parts jsonb not null,
  text text not null,
  status text not null default 'done'
    check (status in ('streaming', 'waiting', 'done', 'stopped', 'interrupted', 'failed')),
  agent_id uuid,
  agent_version int,
  model text,
  provider text,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  cost_micros bigint not null default 0,
  currency text,
  calls int not null default 0,
  latency_ms int,
  first_token_ms int,
  error_code text,
  error_detail text,
  -- While it is being written: when that was last seen, and whether somebody asked to stop.
  written_at timestamptz,
  stop_requested boolean not null default false,
  rating smallint check (rating in (-1, 1)),
  feedback_reason text,
  satisfaction smallint check (satisfaction between 1 and 5),
  rated_at timestamptz,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  primary key (organization_id, id),
  foreign key (organization_id, conversation_id) references conversations on delete cascade
);
create index messages_by_conversation on messages (organization_id, conversation_id, id);
create index messages_by_parent on messages (organization_id, conversation_id, parent_id);
select platform.wall('messages', '{{role}}', 'select, insert, update, delete', 'workspace_id');

create table conversation_attachments (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  conversation_id uuid not null,
  name text not null,
  media_type text not null,
  bytes int not null,
  text text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, conversation_id) references conversations on delete cascade
);
create index conversation_attachments_by_conversation on conversation_attachments (organization_id, conversation_id, id);
select platform.wall('conversation_attachments', '{{role}}', 'select, insert, delete', 'workspace_id');

-- A link to what was said up to one message; the secret in it is kept as a hash only.
create table conversation_shares (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  conversation_id uuid not null,
  message_id uuid not null,
  audience text not null check (audience in ('organization', 'public')),
  token_hash bytea not null,
  created_by uuid,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, token_hash),
  foreign key (organization_id, conversation_id) references conversations on delete cascade
);
create index conversation_shares_by_conversation on conversation_shares (organization_id, conversation_id, id);
select platform.wall('conversation_shares', '{{role}}', 'select, insert, delete', 'workspace_id');
