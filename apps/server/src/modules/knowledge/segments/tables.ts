// The rows of the search index, as the database holds them.
import type { Generated } from 'kysely';

export type SegmentTables = {
  chunk_vectors: {
    organization_id: string;
    chunk_id: string;
    generation: number;
    workspace_id: string;
    collection_id: string;
    vector: Buffer;
  };
  search_segments: {
    organization_id: string;
    id: string;
    workspace_id: string;
    collection_id: string;
    generation: number;
    format: number;
    analyser: number;
    passages: number;
    documents: number;
    bytes: number;
    created_at: Generated<Date>;
  };
  search_segment_parts: {
    organization_id: string;
    segment_id: string;
    part: number;
    workspace_id: string;
    collection_id: string;
    bytes: Buffer;
  };
  search_segment_documents: {
    organization_id: string;
    segment_id: string;
    document_no: number;
    workspace_id: string;
    collection_id: string;
    document_id: string;
    version: number;
    is_dead: Generated<boolean>;
  };
  collections: { organization_id: string; id: string; embedding_generation: number };
};
