// The ledger as Kysely sees it. Written here by nobody: rows come through the group commit alone.
import type { ColumnType } from 'kysely';

/** A column that tenants read and never write. */
type Read<T> = ColumnType<T, never, never>;

/** The settled calls (`ledger.calls`: entries with phase 1 or 2), one an attempt. */
export type LedgerCallsTable = {
  at: Read<Date>;
  id: Read<string>;
  attempt: Read<number>;
  /** 1 settled, 2 swept. */
  phase: Read<1 | 2>;
  organization_id: Read<string>;
  workspace_id: Read<string | null>;
  actor_kind: Read<string>;
  actor_id: Read<string | null>;
  replica_id: Read<string>;
  surface: Read<string>;
  provider: Read<string>;
  credential_id: Read<string | null>;
  requested_model: Read<string>;
  upstream_model: Read<string>;
  input_tokens: Read<number | null>;
  cached_input_tokens: Read<number | null>;
  output_tokens: Read<number | null>;
  reasoning_tokens: Read<number | null>;
  /** int8, which comes as text. */
  cost_micros: Read<string | null>;
  currency: Read<string | null>;
  price_version: Read<number | null>;
  usage_source: Read<'provider' | 'counted' | 'estimated'>;
  status: Read<number | null>;
  streamed: Read<boolean>;
  latency_ms: Read<number | null>;
  first_byte_ms: Read<number | null>;
  route_id: Read<string | null>;
  variant: Read<string | null>;
  failure: Read<string | null>;
  cache: Read<string | null>;
  recorded_at: Read<Date>;
};

/** The ledger's tables, by the names that queries use. */
export type LedgerTables = { 'ledger.calls': LedgerCallsTable };
