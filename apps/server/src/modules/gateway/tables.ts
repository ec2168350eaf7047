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
