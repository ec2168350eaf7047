-- What searches read: vectors of passages, and immutable segments in which some thousand passages are indexed together.

-- The vector of a passage, as 16-bit floats: what segments are made from, and what an interrupted reading need not make again.
create table chunk_vectors (
  organization_id uuid not null,
  chunk_id uuid not null,
  generation int not null,
  workspace_id uuid not null,
  collection_id uuid not null,
  vector bytea not null,
  primary key (organization_id, chunk_id, generation),
  foreign key (organization_id, chunk_id) references chunks on delete cascade
);
alter table chunk_vectors alter vector set storage external;
create index chunk_vectors_by_collection on chunk_vectors (organization_id, collection_id, generation);
select platform.share_wall('chunk_vectors', '{{role}}', 'select, insert, update, delete');

create table search_segments (
  organization_id uuid not null,
  id uuid not null,
  workspace_id uuid not null,
  collection_id uuid not null,
  generation int not null,
  -- How the bytes are laid out, and how words were analysed: a later version of the server can tell what to make anew.
  format int not null,
  analyser int not null,
  passages int not null,
  documents int not null,
  bytes int not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, collection_id) references collections on delete cascade
);
create index search_segments_by_collection on search_segments (organization_id, collection_id, generation);
select platform.share_wall('search_segments', '{{role}}', 'select, insert, update, delete');

create table search_segment_parts (
  organization_id uuid not null,
  segment_id uuid not null,
  part int not null,
  workspace_id uuid not null,
  collection_id uuid not null,
  bytes bytea not null,
  primary key (organization_id, segment_id, part),
  foreign key (organization_id, segment_id) references search_segments on delete cascade
);
alter table search_segment_parts alter bytes set storage external;
select platform.share_wall('search_segment_parts', '{{role}}', 'select, insert, update, delete');

-- Which document versions a segment holds, by their numbers in it; dead ones are found by nobody until a merge leaves them out.
create table search_segment_documents (
  organization_id uuid not null,
  segment_id uuid not null,
  document_no int not null,
  workspace_id uuid not null,
  collection_id uuid not null,
  document_id uuid not null,
  version int not null,
  is_dead boolean not null default false,
  primary key (organization_id, segment_id, document_no),
  foreign key (organization_id, segment_id) references search_segments on delete cascade
);
create index search_segment_documents_by_document on search_segment_documents (organization_id, document_id, version);
create index search_segment_documents_dead on search_segment_documents (organization_id, segment_id) where is_dead;
select platform.share_wall('search_segment_documents', '{{role}}', 'select, insert, update, delete');
