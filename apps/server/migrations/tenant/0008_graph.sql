-- The knowledge graph: what documents speak of, and what they say of it. Every row belongs to one collection, so that who
-- may see a collection may see what was read in it, and nobody else.

create table graph_entities (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  collection_id uuid not null,
  key text not null, -- the name without case, accents and punctuation
  name text not null,
  type text not null,
  description text not null default '', -- a person's words; those of documents stand at the mentions
  is_edited boolean not null default false,
  method text not null check (method in ('local', 'model')),
  mention_count int not null default 0,
  embedding bytea, -- of the name: 384 signed bytes
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, collection_id, key),
  foreign key (organization_id, collection_id) references collections on delete cascade
);
create index graph_entities_by_mentions on graph_entities (organization_id, collection_id, mention_count desc, id);
select platform.share_wall('graph_entities', '{{role}}', 'select, insert, update, delete');

-- Every name that leads to an entity: its own, its aliases, and those of entities that were merged into it.
create table graph_names (
  organization_id uuid not null,
  collection_id uuid not null,
  key text not null,
  workspace_id uuid not null,
  entity_id uuid not null,
  name text not null,
  primary key (organization_id, collection_id, key),
  foreign key (organization_id, entity_id) references graph_entities on delete cascade
);
create index graph_names_by_entity on graph_names (organization_id, entity_id);
select platform.share_wall('graph_names', '{{role}}', 'select, insert, update, delete');

-- Where an entity is mentioned, and what that passage says it is.
create table graph_mentions (
  organization_id uuid not null,
  entity_id uuid not null,
  chunk_id uuid not null,
  workspace_id uuid not null,
  collection_id uuid not null,
  document_id uuid not null,
  version int not null,
  description text not null default '',
  method text not null check (method in ('local', 'model')),
  primary key (organization_id, entity_id, chunk_id),
  foreign key (organization_id, entity_id) references graph_entities on delete cascade,
  foreign key (organization_id, chunk_id) references chunks on delete cascade
);
create index graph_mentions_by_chunk on graph_mentions (organization_id, chunk_id);
create index graph_mentions_by_document on graph_mentions (organization_id, document_id);
select platform.share_wall('graph_mentions', '{{role}}', 'select, insert, update, delete');

-- A fact: it holds from valid_from (null: not known since when) until valid_to, or until a later fact took its place.
create table graph_relations (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  collection_id uuid not null,
  subject_id uuid not null,
  predicate text not null,
  object_id uuid not null,
  valid_from timestamptz,
  valid_to timestamptz,
  asserted_at timestamptz not null, -- of the latest document that says so
  is_exclusive boolean not null default false, -- at any moment it holds of one object only
  superseded_at timestamptz,
  superseded_by uuid,
  confidence real not null,
  evidence int not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique nulls not distinct (organization_id, subject_id, predicate, object_id, valid_from),
  foreign key (organization_id, subject_id) references graph_entities on delete cascade,
  foreign key (organization_id, object_id) references graph_entities on delete cascade,
  foreign key (organization_id, collection_id) references collections on delete cascade
);
create index graph_relations_by_object on graph_relations (organization_id, object_id);
create index graph_relations_by_collection on graph_relations (organization_id, collection_id, id);
select platform.share_wall('graph_relations', '{{role}}', 'select, insert, update, delete');

create table graph_provenance (
  organization_id uuid not null,
  relation_id uuid not null,
  chunk_id uuid not null,
  workspace_id uuid not null,
  collection_id uuid not null,
  document_id uuid not null,
  version int not null,
  statement text not null,
  confidence real not null,
  asserted_at timestamptz not null,
  primary key (organization_id, relation_id, chunk_id),
  foreign key (organization_id, relation_id) references graph_relations on delete cascade,
  foreign key (organization_id, chunk_id) references chunks on delete cascade
);
create index graph_provenance_by_chunk on graph_provenance (organization_id, chunk_id);
create index graph_provenance_by_document on graph_provenance (organization_id, document_id);
select platform.share_wall('graph_provenance', '{{role}}', 'select, insert, update, delete');

-- The rules below hold for tenants and for what follows from what they do; where the owner moves or erases an organization table
-- by table, every row stays what it was.

-- No fact without a passage that says it: whoever removes the last one removes the fact.
create function forget_unproven_relations() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if coalesce(current_setting('app.organization', true), '') = '' then return null; end if;
  execute format('delete from %1$I.graph_relations r using (select distinct organization_id, relation_id from gone) g
    where r.organization_id = g.organization_id and r.id = g.relation_id and not exists (select from %1$I.graph_provenance p
      where p.organization_id = r.organization_id and p.relation_id = r.id)', tg_table_schema);
  execute format('update %1$I.graph_relations r set evidence = p.evidence, asserted_at = p.asserted_at, confidence = p.confidence
    from (select p.organization_id, p.relation_id, count(*) as evidence, max(p.asserted_at) as asserted_at,
        max(p.confidence) as confidence
      from %1$I.graph_provenance p join (select distinct organization_id, relation_id from gone) g
        on p.organization_id = g.organization_id and p.relation_id = g.relation_id
      group by 1, 2) p
    where r.organization_id = p.organization_id and r.id = p.relation_id', tg_table_schema);
  return null;
end $$;
create trigger forget_unproven after delete on graph_provenance
  referencing old table as gone for each statement execute function forget_unproven_relations();

-- What a fact had ended holds again when it goes, or until the next later one.
create function restore_superseded_relations() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if coalesce(current_setting('app.organization', true), '') = '' then return null; end if;
  execute format('update %1$I.graph_relations r set superseded_at = n.starts_at, superseded_by = n.id
    from gone g, %1$I.graph_relations o left join lateral (
      select l.id, coalesce(l.valid_from, l.asserted_at) as starts_at from %1$I.graph_relations l
      where l.organization_id = o.organization_id and l.subject_id = o.subject_id and l.predicate = o.predicate
        and l.is_exclusive and l.object_id <> o.object_id
        and coalesce(l.valid_from, l.asserted_at) > coalesce(o.valid_from, o.asserted_at)
      order by 2, 1 limit 1) n on true
    where o.organization_id = g.organization_id and o.subject_id = g.subject_id and o.superseded_by = g.id
      and r.organization_id = o.organization_id and r.id = o.id', tg_table_schema);
  return null;
end $$;
create trigger restore_superseded after delete on graph_relations
  referencing old table as gone for each statement execute function restore_superseded_relations();

-- No entity that no passage mentions.
create function forget_unmentioned_entities() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if coalesce(current_setting('app.organization', true), '') = '' then return null; end if;
  execute format('delete from %1$I.graph_entities e using (select distinct organization_id, entity_id from gone) g
    where e.organization_id = g.organization_id and e.id = g.entity_id and not exists (select from %1$I.graph_mentions m
      where m.organization_id = e.organization_id and m.entity_id = e.id)', tg_table_schema);
  execute format('update %1$I.graph_entities e set mention_count = m.mentions
    from (select m.organization_id, m.entity_id, count(*) as mentions from %1$I.graph_mentions m
      join (select distinct organization_id, entity_id from gone) g
        on m.organization_id = g.organization_id and m.entity_id = g.entity_id group by 1, 2) m
    where e.organization_id = m.organization_id and e.id = m.entity_id', tg_table_schema);
  return null;
end $$;
create trigger forget_unmentioned after delete on graph_mentions
  referencing old table as gone for each statement execute function forget_unmentioned_entities();

-- Which version of a document was read for the graph, and in which collection it was then.
create table graph_documents (
  organization_id uuid not null,
  document_id uuid not null,
  workspace_id uuid not null,
  collection_id uuid not null,
  version int not null,
  read_at timestamptz not null default now(),
  primary key (organization_id, document_id),
  foreign key (organization_id, document_id) references documents on delete cascade
);
select platform.wall('graph_documents', '{{role}}', 'select, insert, update, delete', 'workspace_id');

-- How a workspace wants its graph made.
create table graph_settings (
  organization_id uuid not null,
  workspace_id uuid not null,
  reads_locally boolean not null default true,
  model text, -- that keeps the graph up to date; null: none
  keep_up_to_date boolean not null default false,
  monthly_cap_micros bigint check (monthly_cap_micros >= 0),
  monthly_cap_tokens bigint check (monthly_cap_tokens >= 0),
  set_by text,
  set_by_kind text,
  set_by_id uuid,
  updated_at timestamptz not null default now(),
  primary key (organization_id, workspace_id),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade
);
select platform.wall('graph_settings', '{{role}}', 'select, insert, update, delete', 'workspace_id');

-- A reading of passages by a model: first an estimate, then, when somebody has started it, a run under a cap.
create table graph_runs (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  collection_ids uuid[] not null,
  model text not null,
  origin text not null check (origin in ('person', 'upkeep')),
  status text not null check (status in ('estimated', 'running', 'stopped', 'done')),
  reason text, -- why it stopped, in words
  estimate jsonb not null,
  currency text,
  cap_micros bigint,
  cap_tokens bigint,
  -- What was charged, and what may have been: calls whose worker was killed before it wrote the answer down.
  spent_micros bigint not null default 0,
  spent_tokens bigint not null default 0,
  reserved_micros bigint not null default 0,
  reserved_tokens bigint not null default 0,
  passage_count int not null default 0,
  done_count int not null default 0,
  failed_count int not null default 0,
  fact_count int not null default 0,
  -- In whose name models are called: asked anew at each call whether they still may.
  started_by text,
  started_by_kind text,
  started_by_id uuid,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  primary key (organization_id, id),
  foreign key (organization_id, workspace_id) references workspaces on delete cascade
);
create index graph_runs_by_workspace on graph_runs (organization_id, workspace_id, id);
create index graph_runs_under_way on graph_runs (organization_id, id) where status = 'running';
select platform.wall('graph_runs', '{{role}}', 'select, insert, update, delete', 'workspace_id');

-- A passage that a model is to read, or has read: what it answered is kept, so that it is never asked the same again.
create table graph_passages (
  organization_id uuid not null,
  chunk_id uuid not null,
  workspace_id uuid not null,
  collection_id uuid not null,
  document_id uuid not null,
  version int not null,
  run_id uuid not null,
  model text not null,
  text_hash bytea not null,
  status text not null check (status in ('pending', 'asking', 'answered', 'done', 'failed')),
  attempts int not null default 0,
  call_id uuid,
  reserved_micros bigint not null default 0,
  reserved_tokens bigint not null default 0,
  answer jsonb,
  error_code text,
  error_detail text,
  cost_micros bigint,
  token_count bigint not null default 0,
  updated_at timestamptz not null default now(),
  primary key (organization_id, chunk_id),
  foreign key (organization_id, document_id) references documents on delete cascade,
  foreign key (organization_id, run_id) references graph_runs on delete cascade
);
create index graph_passages_by_run on graph_passages (organization_id, run_id, status, chunk_id);
create index graph_passages_by_document on graph_passages (organization_id, document_id, text_hash);
select platform.wall('graph_passages', '{{role}}', 'select, insert, update, delete', 'workspace_id');
