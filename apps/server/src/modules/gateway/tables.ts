// The rows of this module besides the ledger's.
import type { ColumnType, Generated } from 'kysely';

export type GatewayTables = {
  credentials: {
    organization_id: string;
    id: string;
    workspace_id: string | null;
    name: string;
    provider: string;
    base_url: string;
    secret: Buffer | null;
    secret_hint: string | null;
    settings: ColumnType<Record<string, unknown>, string | undefined, string>;
    models: string[] | null;
    priority: number;
    status: Generated<string>;
    tested_at: Date | null;
    test_error: string | null;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  model_routes: {
    organization_id: string;
    id: string;
    workspace_id: string | null;
    name: string;
    description: string;
    strategy: string;
    sticky: string;
    targets: ColumnType<unknown, string, string>;
    attempts_max: number;
    timeout_ms: number | null;
    first_byte_timeout_ms: number | null;
    is_active: boolean;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  request_log: {
    organization_id: string;
    id: string;
    workspace_id: string;
    at: ColumnType<Date, string, never>;
    chain: ColumnType<unknown, string, never>;
    findings: ColumnType<unknown, string, never>;
    content: string;
    request: string | null;
    response: string | null;
  };
  budgets: {
    organization_id: string;
    id: string;
    name: string;
    scope: string;
    workspace_id: string | null;
    api_key_id: string | null;
    key_ids: string[];
    /** int8, which comes as a number: bounded far below 2^53. */
    amount_micros: number;
    currency: string;
    period: string;
    thresholds: number[];
    unknown_price: string;
    opening_micros: number;
    opening_period: Date | null;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  budget_notices: { organization_id: string; budget_id: string; period_start: Date; percent: number };
  guardrails: {
    organization_id: string;
    id: string;
    workspace_id: string | null;
    policy: ColumnType<unknown, string, string>;
    updated_at: Date;
  };
  answer_caches: {
    organization_id: string;
    workspace_id: string;
    mode: 'off' | 'exact' | 'semantic';
    ttl_seconds: number;
    cache_sampled: boolean;
    similarity_threshold: number;
    max_entries: number;
    generation: Generated<number>;
    emptied_at: ColumnType<Date | null, Date | undefined, Date>;
    updated_at: Date;
  };
};
