// The rows of retrieval tests, as the database holds them.
import type { ColumnType, Generated } from 'kysely';

export type Expectation = { kind: 'document' | 'external' | 'passage'; id: string; grade: number };
export type RunSettings = {
  mode?: 'vector' | 'hybrid' | 'text' | 'graph' | undefined;
  text_weight?: number | undefined;
  limit: number;
  min_score?: number | undefined;
  collection_ids?: string[] | undefined;
};
export type FoundThing = { id: string; title: string; grade: number | null };

export type RetrievalTestTables = {
  test_sets: {
    organization_id: string;
    id: string;
    workspace_id: string;
    name: string;
    description: string;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  test_queries: {
    organization_id: string;
    id: string;
    workspace_id: string;
    test_set_id: string;
    key: string;
    query: string;
    expected: ColumnType<Expectation[], string, string>;
  };
  test_runs: {
    organization_id: string;
    id: string;
    workspace_id: string;
    test_set_id: string;
    name: string;
    settings: ColumnType<RunSettings, string, string>;
    status: 'queued' | 'running' | 'done' | 'failed';
    error: string | null;
    queries: number;
    queries_done: Generated<number>;
    ndcg_10: number | null;
    recall: number | null;
    reciprocal_rank: number | null;
    created_at: Generated<Date>;
    ended_at: Date | null;
  };
  test_results: {
    organization_id: string;
    run_id: string;
    id: string;
    workspace_id: string;
    key: string;
    query: string;
    ndcg_10: number;
    recall: number;
    reciprocal_rank: number;
    found: ColumnType<FoundThing[], string, string>;
    expected_count: number;
    latency_ms: number;
  };
};
