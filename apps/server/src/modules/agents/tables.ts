// The rows of agents, as the database holds them.
import type { Personality } from '@insula/contract/personality';
import type { ColumnType, Generated } from 'kysely';

export type AgentTables = {
  agents: {
    organization_id: string;
    id: string;
    workspace_id: string;
    name: string;
    slug: string;
    description: string;
    system_prompt: string;
    model_provider: string | null;
    model_name: string | null;
    temperature: number;
    enabled_tools: string[];
    tool_config: ColumnType<Record<string, unknown>, string, string>;
    tool_ids: Generated<string[]>;
    personality: ColumnType<Personality, string | undefined, string>;
    version: Generated<number>;
    template: string | null;
    is_active: boolean;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  agent_versions: {
    organization_id: string;
    id: string;
    workspace_id: string;
    agent_id: string;
    version: number;
    fields: ColumnType<Record<string, unknown>, string, never>;
    changed: string[];
    restored_from: number | null;
    created_by: string | null;
    created_by_name: string | null;
    created_at: Generated<Date>;
  };
  agent_tools: {
    organization_id: string;
    id: string;
    workspace_id: string;
    name: string;
    description: string;
    kind: 'http' | 'mcp' | 'agent';
    settings: ColumnType<Record<string, unknown>, string, string>;
    secret: Buffer | null;
    requires_approval: boolean;
    is_active: boolean;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  workspaces: { organization_id: string; id: string };
};
