// The rows about people in an organization, as the database holds them.
import type { ColumnType, Generated } from 'kysely';

export type PlacedRole = { workspace_id: string; role: string };

export type PeopleTables = {
  organization: { organization_id: string };
  workspaces: { organization_id: string; id: string };
  members: {
    organization_id: string;
    id: string;
    account_id: string | null;
    email: string;
    name: string;
    role: string;
    status: string;
    last_active_at: Date | null;
    created_at: Generated<Date>;
  };
  workspace_members: {
    organization_id: string;
    workspace_id: string;
    member_id: string;
    role: string;
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
  invitations: {
    organization_id: string;
    id: string;
    email: string;
    role: string;
    workspace_roles: ColumnType<PlacedRole[], string, string>;
    token_hash: Buffer;
    invited_by: string | null;
    expires_at: Date;
    accepted_at: Date | null;
    created_at: Generated<Date>;
  };
  sessions: {
    organization_id: string;
    id: string;
    member_id: string;
    expires_at: Date;
    ended_at: Date | null;
    end_reason: string | null;
  };
  api_keys: {
    organization_id: string;
    id: string;
    workspace_id: string;
    created_by: string | null;
    revoked_at: Date | null;
  };
};
