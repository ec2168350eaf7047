// The rows of the graph, as the database holds them.
import type { ColumnType, Generated } from 'kysely';
import type { KnowledgeTables } from '../tables.ts';

type Json<T> = ColumnType<T, string, string>;
/** Whole numbers that come back as text. */
type Big = ColumnType<string, string | number, string | number>;

type Place = { organization_id: string; workspace_id: string; collection_id: string };
type Passage = { chunk_id: string; document_id: string; version: number };
export type GraphMethod = 'local' | 'model';

export type GraphTables = Pick<KnowledgeTables, 'documents' | 'document_versions' | 'chunks'> & {
  graph_entities: Place & {
    id: string;
    key: string;
    name: string;
    type: string;
    description: Generated<string>;
    is_edited: Generated<boolean>;
    method: GraphMethod;
    mention_count: Generated<number>;
    embedding: Buffer | null;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  graph_names: Place & { key: string; entity_id: string; name: string };
  graph_mentions: Place &
    Passage & { entity_id: string; description: Generated<string>; method: GraphMethod };
  graph_relations: Place & {
    id: string;
    subject_id: string;
    predicate: string;
    object_id: string;
    valid_from: Date | null;
    valid_to: Date | null;
    asserted_at: Date;
    is_exclusive: boolean;
    superseded_at: Date | null;
    superseded_by: string | null;
    confidence: number;
    evidence: Generated<number>;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  graph_provenance: Place &
    Passage & { relation_id: string; statement: string; confidence: number; asserted_at: Date };
  graph_documents: Place & { document_id: string; version: number; read_at: Generated<Date> };
  graph_settings: {
    organization_id: string;
    workspace_id: string;
    reads_locally: boolean;
    model: string | null;
    keep_up_to_date: boolean;
    monthly_cap_micros: Big | null;
    monthly_cap_tokens: Big | null;
    set_by: string | null;
    set_by_kind: string | null;
    set_by_id: string | null;
    updated_at: Generated<Date>;
  };
  graph_runs: {
    organization_id: string;
    id: string;
    workspace_id: string;
    collection_ids: string[];
    model: string;
    origin: 'person' | 'upkeep';
    status: 'estimated' | 'running' | 'stopped' | 'done';
    reason: string | null;
    estimate: Json<RunEstimate>;
    currency: string | null;
    cap_micros: Big | null;
    cap_tokens: Big | null;
    spent_micros: Generated<string>;
    spent_tokens: Generated<string>;
    reserved_micros: Generated<string>;
    reserved_tokens: Generated<string>;
    passage_count: Generated<number>;
    done_count: Generated<number>;
    failed_count: Generated<number>;
    fact_count: Generated<number>;
    started_by: string | null;
    started_by_kind: string | null;
    started_by_id: string | null;
    created_at: Generated<Date>;
    started_at: Date | null;
    ended_at: Date | null;
  };
  graph_passages: Place &
    Passage & {
      run_id: string;
      model: string;
      text_hash: Buffer;
      status: 'pending' | 'asking' | 'answered' | 'done' | 'failed';
      attempts: Generated<number>;
      call_id: string | null;
      reserved_micros: Generated<string>;
      reserved_tokens: Generated<string>;
      answer: Json<Reading> | null;
      error_code: string | null;
      error_detail: string | null;
      cost_micros: Big | null;
      token_count: Generated<string>;
      updated_at: Generated<Date>;
    };
};

/** What a run would take. */
export type RunEstimate = {
  passages: number;
  already_read: number;
  input_tokens: number;
  output_tokens: number;
  cost_micros: number | null;
  currency: string | null;
  seconds: number;
};

/** What was read in one passage; names are as the passage has them. */
export type Reading = {
  entities: { name: string; type: string; aliases: string[]; description: string }[];
  facts: {
    subject: string;
    predicate: string;
    object: string;
    statement: string;
    /** RFC 3339, or null. */
    valid_from: string | null;
    valid_to: string | null;
    is_exclusive: boolean;
    /** 0 to 1. */
    confidence: number;
  }[];
};
