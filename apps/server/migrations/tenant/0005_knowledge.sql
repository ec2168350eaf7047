-- Knowledge: collections of documents, who may see them, and the passages they were split into.

-- What is searched together and shared together. Every workspace has a default one.
create table collections (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  name text not null,
  slug text not null,
  description text not null default '',
  is_default boolean not null default false,
  access text not null default 'everyone' check (access in ('everyone', 'groups')),
  -- The model whose vectors searchers use, and the how-manieth making of them; next_… while others are being made.
  embedding_model text not null,
  embedding_generation int not null default 1,
  next_embedding_model text,
  next_embedding_generation int,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, workspace_id, slug),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade
);
create unique index collections_default on collections (organization_id, workspace_id) where is_default;
create unique index collections_by_workspace on collections (organization_id, workspace_id, id);

-- Which other workspaces read a collection. The walls of everything in a collection ask this table; only who is in sight of the
-- collection's own workspace writes it, and only for a collection that is really there.
create table collection_shares (
  organization_id uuid not null,
  collection_id uuid not null,
  workspace_id uuid not null,
  to_workspace_id uuid not null check (to_workspace_id <> workspace_id),
  granted_by uuid,
  granted_by_name text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, collection_id, to_workspace_id),
  foreign key (organization_id, workspace_id, collection_id) references collections (organization_id, workspace_id, id) on delete cascade,
  foreign key (organization_id, to_workspace_id) references workspaces on delete cascade
);
create index collection_shares_by_giver on collection_shares (organization_id, workspace_id, collection_id);
create index collection_shares_by_taker on collection_shares (organization_id, to_workspace_id, collection_id);
select platform.share_wall('collection_shares', '{{role}}', 'select, insert, update, delete', null);
select platform.share_wall('collections', '{{role}}', 'select, insert, update, delete', 'id');

-- People of a workspace who may see what is not for everyone there.
create table access_groups (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  name text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, workspace_id, name),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade
);
create index access_groups_by_workspace on access_groups (organization_id, workspace_id, id);
select platform.wall('access_groups', '{{role}}', 'select, insert, update, delete', 'workspace_id');

create table access_group_members (
  organization_id uuid not null,
  group_id uuid not null,
  member_id uuid not null,
  workspace_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, group_id, member_id),
  foreign key (organization_id, group_id) references access_groups on delete cascade,
  foreign key (organization_id, member_id) references members on delete cascade
);
create index access_group_members_by_member on access_group_members (organization_id, member_id);
select platform.wall('access_group_members', '{{role}}', 'select, insert, update, delete', 'workspace_id');

create table collection_groups (
  organization_id uuid not null,
  collection_id uuid not null,
  group_id uuid not null,
  workspace_id uuid not null,
  primary key (organization_id, collection_id, group_id),
  foreign key (organization_id, collection_id) references collections on delete cascade,
  foreign key (organization_id, group_id) references access_groups on delete cascade
);
create index collection_groups_by_group on collection_groups (organization_id, group_id);
select platform.wall('collection_groups', '{{role}}', 'select, insert, update, delete', 'workspace_id');

create table documents (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  collection_id uuid not null,
  title text not null,
  -- Where it came from: a file's name, an address, a key in a bucket.
  source text not null,
  source_kind text not null check (source_kind in ('upload', 'text', 'url', 's3', 'import')),
  -- The caller's own name for it: what comes under the same name replaces it.
  external_id text,
  metadata jsonb not null default '{}',
  -- The version that searchers see (null until one was ready), and the last one that was given.
  version int,
  latest_version int not null,
  created_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  -- A document is in a collection of its own workspace.
  foreign key (organization_id, workspace_id, collection_id) references collections (organization_id, workspace_id, id) on delete cascade
);
create unique index documents_by_external_id on documents (organization_id, collection_id, external_id);
create index documents_by_workspace on documents (organization_id, workspace_id, id);
create index documents_by_collection on documents (organization_id, collection_id, id);
create index documents_by_home on documents (organization_id, workspace_id, collection_id);
create unique index documents_in_collection on documents (organization_id, id, collection_id);
select platform.share_wall('documents', '{{role}}', 'select, insert, update, delete');

-- One upload of a document and how far it has come. The file is a blob; the text it was read as is another.
create table document_versions (
  organization_id uuid not null,
  document_id uuid not null,
  version int not null,
  workspace_id uuid not null,
  collection_id uuid not null, -- the document's; it moves along
  file_name text not null,
  -- The folder of its files; null once they are gone, because a newer version took its place.
  blob_id uuid,
  content_type text,
  bytes bigint not null,
  content_hash bytea not null,
  format text,
  status text not null check (status in ('queued', 'reading', 'embedding', 'indexing', 'ready', 'failed', 'cancelled', 'superseded')),
  -- What is done at the moment, in words, where the status alone does not say it.
  stage text,
  attempts int not null default 0,
  retry_at timestamptz,
  error_code text,
  error_detail text,
  page_count int,
  chunk_count int not null default 0,
  embedded_count int not null default 0,
  token_count bigint not null default 0,
  warnings jsonb not null default '[]',
  properties jsonb not null default '{}', -- what the file says of itself: author, date, subject
  created_by uuid,
  created_at timestamptz not null default now(),
  stage_at timestamptz not null default now(),
  ready_at timestamptz,
  primary key (organization_id, document_id, version),
  foreign key (organization_id, document_id, collection_id) references documents (organization_id, id, collection_id)
    on update cascade on delete cascade
);
create index document_versions_by_document on document_versions (organization_id, document_id, collection_id);
create index document_versions_by_hash on document_versions (organization_id, workspace_id, content_hash);
create index document_versions_under_way on document_versions (organization_id, created_at, document_id)
  where status in ('queued', 'reading', 'embedding', 'indexing');
select platform.share_wall('document_versions', '{{role}}', 'select, insert, update, delete');

-- A passage: what search finds and an answer quotes.
create table chunks (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  collection_id uuid not null,
  document_id uuid not null,
  version int not null,
  seq int not null,
  kind text not null check (kind in ('text', 'table', 'code')),
  text text not null,
  heading_path text[] not null default '{}',
  page_start int,
  page_end int,
  start_offset int not null,
  end_offset int not null,
  tokens int not null,
  primary key (organization_id, id),
  unique (organization_id, document_id, version, seq),
  foreign key (organization_id, document_id, version) references document_versions on delete cascade
);
create index chunks_by_collection on chunks (organization_id, collection_id, id);
select platform.share_wall('chunks', '{{role}}', 'select, insert, update, delete');

-- Files and passages that nobody needs any more, or that a broken upload may have left: cleared when they are due.
create table document_remains (
  organization_id uuid not null,
  id uuid not null,
  -- Either a folder of files, or the passages of a version.
  blob_id uuid,
  document_id uuid,
  version int,
  due_at timestamptz not null,
  primary key (organization_id, id)
);
create index document_remains_by_due on document_remains (organization_id, due_at, id);
select platform.wall('document_remains', '{{role}}', 'select, insert, delete');

-- Generations of a collection's vectors that are being made with another model, or cleared away; and why that rests, if it does.
create table re_embeddings (
  organization_id uuid not null,
  collection_id uuid not null,
  generation int not null,
  workspace_id uuid not null,
  state text not null check (state in ('embedding', 'clearing')),
  -- Passages are embedded in the order of their ids.
  embedded_through uuid,
  attempts int not null default 0,
  error text,
  retry_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (organization_id, collection_id, generation),
  foreign key (organization_id, collection_id) references collections on delete cascade
);
select platform.wall('re_embeddings', '{{role}}', 'select, insert, update, delete', 'workspace_id');

-- A share is told of once, at the workspace that gives; the one that takes reads that event as well.
drop policy workspace on events;
create policy workspace on events as restrictive for select using (
  (select current_user) = 'insula_owner' or (select current_setting('app.workspaces', true)) = '*'
  or workspace_id = any ((select string_to_array(nullif(nullif(current_setting('app.workspaces', true), ''), '*'), ',')::uuid[])::uuid[])
  or (type in ('collection.shared', 'collection.unshared') and details ->> 'with_workspace_id' = any ((select string_to_array(
    nullif(nullif(current_setting('app.workspaces', true), ''), '*'), ','))::text[])));
