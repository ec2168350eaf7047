// The rows of the trail, as the database holds them in every organization's tables.
import type { ColumnType, Generated } from 'kysely';

type Written<T> = ColumnType<T, never, never>;

export type AuditTables = {
  events: {
    organization_id: Written<string>;
    id: Written<string>;
    workspace_id: Written<string | null>;
    at: Written<Date>;
    type: Written<string>;
    actor_kind: Written<string>;
    actor_id: Written<string | null>;
    actor_name: Written<string | null>;
    subject_type: Written<string>;
    subject_id: Written<string>;
    details: Written<Record<string, unknown>>;
    request_id: Written<string | null>;
    ip: Written<string | null>;
  };
  events_unsealed: { organization_id: string; event_id: string };
  event_seals: {
    organization_id: string;
    seq: number;
    event_id: string;
    hash: Buffer;
    sealed_at: Generated<Date>;
  };
  event_checkpoints: {
    organization_id: string;
    seq: number;
    hash: Buffer;
    signing_key: string;
    signature: Buffer;
    at: ColumnType<Date, string, never>;
  };
};
