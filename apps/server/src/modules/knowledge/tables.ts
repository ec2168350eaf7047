// The rows of knowledge, as the database holds them.
import type { ColumnType, Generated } from 'kysely';

export type KnowledgeTables = {
  collections: {
    organization_id: string;
    id: string;
    workspace_id: string;
    name: string;
    slug: string;
    description: string;
    is_default: boolean;
    access: 'everyone' | 'groups';
    embedding_model: string;
    embedding_generation: number;
    next_embedding_model: string | null;
    next_embedding_generation: number | null;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  access_groups: {
    organization_id: string;
    id: string;
    workspace_id: string;
    name: string;
    created_at: Generated<Date>;
  };
  access_group_members: {
    organization_id: string;
    group_id: string;
    member_id: string;
    workspace_id: string;
    created_at: Generated<Date>;
  };
  collection_groups: {
    organization_id: string;
    collection_id: string;
    group_id: string;
    workspace_id: string;
  };
  collection_shares: {
    organization_id: string;
    collection_id: string;
    workspace_id: string;
    to_workspace_id: string;
    granted_by: string | null;
    granted_by_name: string;
    created_at: Generated<Date>;
  };
  documents: {
    organization_id: string;
    id: string;
    workspace_id: string;
    collection_id: string;
    title: string;
    source: string;
    source_kind: 'upload' | 'text' | 'url' | 's3' | 'import';
    external_id: string | null;
    metadata: ColumnType<Record<string, unknown>, string, string>;
    version: number | null;
    latest_version: number;
    created_by: string | null;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  document_versions: {
    organization_id: string;
    document_id: string;
    version: number;
    workspace_id: string;
    collection_id: string;
    file_name: string;
    blob_id: string | null;
    content_type: string | null;
    bytes: number;
    content_hash: Buffer;
    format: string | null;
    status: 'queued' | 'reading' | 'embedding' | 'indexing' | 'ready' | 'failed' | 'cancelled' | 'superseded';
    stage: string | null;
    attempts: Generated<number>;
    retry_at: Date | null;
    error_code: string | null;
    error_detail: string | null;
    page_count: number | null;
    chunk_count: Generated<number>;
    embedded_count: Generated<number>;
    token_count: Generated<number>;
    warnings: ColumnType<{ code: string; detail: string }[], string, string>;
    properties: ColumnType<Record<string, string>, string, string>;
    created_by: string | null;
    created_at: Generated<Date>;
    stage_at: Generated<Date>;
    ready_at: Date | null;
  };
  chunks: {
    organization_id: string;
    id: string;
    workspace_id: string;
    collection_id: string;
    document_id: string;
    version: number;
    seq: number;
    kind: 'text' | 'table' | 'code';
    text: string;
    heading_path: string[];
    page_start: number | null;
    page_end: number | null;
    start_offset: number;
    end_offset: number;
    tokens: number;
  };
  re_embeddings: {
    organization_id: string;
    collection_id: string;
    generation: number;
    workspace_id: string;
    state: 'embedding' | 'clearing';
    embedded_through: string | null;
    attempts: Generated<number>;
    error: string | null;
    retry_at: Date | null;
    created_at: Generated<Date>;
  };
  document_remains: {
    organization_id: string;
    id: string;
    blob_id: string | null;
    document_id: string | null;
    version: number | null;
    due_at: Date;
  };
  workspaces: { organization_id: string; id: string; name: string; document_count: number };
  members: { organization_id: string; id: string; email: string; name: string };
};
