// The rows of this module, as the database holds them.
import type { OwnLimits } from '@insula/contract/configuration';
import type { Configuration } from '@insula/contract/tenancy';
import type { ColumnType, Generated } from 'kysely';

type Json<T> = ColumnType<T, string, string>;

/** The platform's directory (schema `platform`). */
export type DirectoryTables = {
  organizations: {
    organization_id: string;
    slug: string;
    name: string;
    domain: string | null;
    contact_email: string | null;
    contact_name: string | null;
    plan_tier: string;
    max_users: number | null;
    cluster: string;
    placement: string;
    status: string;
    default_workspace_id: string | null;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  residents: { organization_id: string; schema_name: string; role_name: string };
  moves: {
    id: string;
    organization_id: string;
    from_cluster: string;
    from_schema: string;
    from_role: string;
    to_cluster: string;
    to_placement: string;
    step: string;
    state: string;
    rows: Generated<number>;
    blocked_ms: Generated<number>;
    error: string | null;
    started_at: Generated<Date>;
    ended_at: Date | null;
  };
  deletion_certificates: {
    organization_id: string;
    certificate: Json<Record<string, unknown>>;
    created_at: Generated<Date>;
  };
};

/** What every organization has (its own tables). */
export type TenancyTables = {
  organization: {
    organization_id: string;
    name: string;
    domain: string | null;
    contact_email: string | null;
    contact_name: string | null;
    configuration: Json<Configuration>;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  workspaces: {
    organization_id: string;
    id: string;
    name: string;
    slug: string;
    description: Generated<string>;
    settings: Json<Record<string, unknown>>;
    rate_limits: ColumnType<OwnLimits, string | undefined, string>;
    document_count: Generated<number>;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
};
