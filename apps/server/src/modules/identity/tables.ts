// The rows of this module, as the database holds them.
import type { OwnLimits } from '@insula/contract/configuration';
import type { Generated } from 'kysely';

/** The platform's own tables (schema `platform`): what belongs to a person and not to an organization. */
export type AccountTables = {
  accounts: {
    account_id: string;
    email: string;
    name: string;
    password_hash: string | null;
    platform_admin: Generated<boolean>;
    status: Generated<string>;
    password_changed_at: Date | null;
    created_at: Generated<Date>;
  };
  account_memberships: { account_id: string; organization_id: string; created_at: Generated<Date> };
  sign_in_failures: { subject: string; failures: number; blocked_until: Date; updated_at: Date };
  organizations: { organization_id: string; slug: string; name: string; status: string };
};

/** What every organization has (its own tables). */
export type IdentityTables = {
  members: {
    organization_id: string;
    id: string;
    account_id: string | null;
    email: string;
    name: string;
    role: string;
    status: Generated<string>;
    last_active_at: Date | null;
    created_at: Generated<Date>;
  };
  roles: {
    organization_id: string;
    id: string;
    slug: string;
    name: string;
    permissions: string[];
    created_at: Generated<Date>;
  };
  workspace_members: {
    organization_id: string;
    workspace_id: string;
    member_id: string;
    role: string;
    created_at: Generated<Date>;
  };
  sessions: {
    organization_id: string;
    id: string;
    member_id: string;
    method: string;
    refresh_seed: Buffer;
    refresh_generation: number;
    refreshed_at: Date | null;
    confirmed_at: Date;
    ip: string | null;
    user_agent: string | null;
    created_at: Date;
    last_seen_at: Date;
    expires_at: Date;
    ended_at: Date | null;
    end_reason: string | null;
  };
  api_keys: {
    organization_id: string;
    id: string;
    workspace_id: string;
    name: string;
    mode: string;
    reference: string;
    key_hash: Buffer;
    scopes: string[];
    organization_permissions: string[];
    rate_limit_per_minute: number | null;
    rate_limits: OwnLimits;
    created_by: string | null;
    expires_at: Date | null;
    revoked_at: Date | null;
    last_used_at: Date | null;
    created_at: Date;
  };
  workspaces: { organization_id: string; id: string };
};
