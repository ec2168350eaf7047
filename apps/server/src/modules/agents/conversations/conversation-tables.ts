// The rows of conversations, as the database holds them.
import type { ColumnType, Generated } from 'kysely';

export type MessagePart = { type: string } & Record<string, unknown>;

export type ConversationTables = {
  conversations: {
    organization_id: string;
    id: string;
    workspace_id: string;
    agent_id: string | null;
    owner_kind: 'member' | 'api_key' | 'operator';
    owner_id: string;
    end_user: string;
    session_id: string;
    number: ColumnType<string, number, never>;
    title: string;
    title_source: 'question' | 'hand' | 'model';
    active_message_id: string | null;
    activity_id: string;
    message_count: Generated<number>;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  messages: {
    organization_id: string;
    id: string;
    workspace_id: string;
    conversation_id: string;
    parent_id: string;
    role: 'user' | 'assistant';
    parts: ColumnType<MessagePart[], string, string>;
    text: string;
    status: 'streaming' | 'waiting' | 'done' | 'stopped' | 'interrupted' | 'failed';
    agent_id: string | null;
    agent_version: number | null;
    model: string | null;
    provider: string | null;
    input_tokens: ColumnType<string, number | undefined, number>;
    output_tokens: ColumnType<string, number | undefined, number>;
    cost_micros: ColumnType<string, number | undefined, number>;
    currency: string | null;
    calls: Generated<number>;
    latency_ms: number | null;
    first_token_ms: number | null;
    error_code: string | null;
    error_detail: string | null;
    written_at: Date | null;
    stop_requested: Generated<boolean>;
    rating: number | null;
    feedback_reason: string | null;
    satisfaction: number | null;
    rated_at: Date | null;
    created_at: Generated<Date>;
    ended_at: Date | null;
  };
  conversation_attachments: {
    organization_id: string;
    id: string;
    workspace_id: string;
    conversation_id: string;
    name: string;
    media_type: string;
    bytes: number;
    text: string;
    created_at: Generated<Date>;
  };
  conversation_shares: {
    organization_id: string;
    id: string;
    workspace_id: string;
    conversation_id: string;
    message_id: string;
    audience: 'organization' | 'public';
    token_hash: Buffer;
    created_by: string | null;
    expires_at: Date;
    created_at: Generated<Date>;
  };
};
