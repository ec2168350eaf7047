// A conversation as the contract shows it.
import type { conversation } from '@insula/contract/conversations';
import type { z } from 'zod';
import type { ConversationRow } from './store.ts';

export type Conversation = z.infer<typeof conversation>;

/** Presents a row, without whose it is: only its owner ever sees it. */
export function presentConversation(row: ConversationRow): Conversation {
  return {
    id: row.id,
    workspace_id: row.workspace_id,
    agent_id: row.agent_id,
    session_id: row.session_id,
    number: Number(row.number),
    user: row.end_user || null,
    title: row.title,
    active_message_id: row.active_message_id,
    message_count: row.message_count,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
