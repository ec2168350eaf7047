// The ledger as Kysely sees it. Calls are written here by nobody: they come through the group commit alone.
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
  purpose: Read<string | null>;
  subject_id: Read<string | null>;
  run_id: Read<string | null>;
  step: Read<number | null>;
  recorded_at: Read<Date>;
};

/** Published prices; without amounts a row ends what held before it. */
export type PricesTable = {
  version: Read<number>;
  organization_id: Read<string | null>;
  provider: Read<string>;
  model: Read<string>;
  currency: Read<string>;
  input_micros_per_million: Read<number | null>;
  cached_input_micros_per_million: Read<number | null>;
  output_micros_per_million: Read<number | null>;
  reasoning_micros_per_million: Read<number | null>;
  valid_from: Read<Date>;
  source: Read<string>;
};

export type PriceVersionsTable = { version: Read<number> };

/** Ratings of calls after the first one; the highest number of an entry holds. */
export type RatingsTable = {
  organization_id: Read<string>;
  at: Read<Date>;
  id: Read<string>;
  attempt: Read<number>;
  number: Read<number>;
  cost_micros: Read<number>;
  currency: Read<string>;
  price_version: Read<number>;
};

/** The ledger's tables, by the names that queries use. */
export type LedgerTables = {
  'ledger.calls': LedgerCallsTable;
  'ledger.prices': PricesTable;
  'ledger.price_versions': PriceVersionsTable;
  'ledger.ratings': RatingsTable;
};
