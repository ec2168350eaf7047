// The rows of agents, as the database holds them.
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
    is_active: boolean;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  workspaces: { organization_id: string; id: string };
};
