// A message as the contract shows it.
import type { message } from '@insula/contract/conversations';
import type { z } from 'zod';
import type { MessageRow } from './store.ts';

export type Message = z.infer<typeof message>;

/** An answer that nobody has written to for so long was being written by a server that is no more. */
export const SILENT_MS = 15_000;

/** The state of a message, also when the server that wrote it ended without a word. */
export function statusOf(
  row: Pick<MessageRow, 'status' | 'written_at'>,
  nowMs: number,
): MessageRow['status'] {
  if (row.status !== 'streaming') return row.status;
  return nowMs - (row.written_at?.getTime() ?? 0) > SILENT_MS ? 'interrupted' : 'streaming';
}

/** Presents a row; `siblings` are the ids under the same parent. */
export function presentMessage(row: MessageRow, at: { siblings: string[]; nowMs: number }): Message {
  return {
    id: row.id,
    parent_id: row.parent_id === row.conversation_id ? null : row.parent_id,
    siblings: at.siblings,
    role: row.role,
    parts: row.parts,
    status: statusOf(row, at.nowMs),
    agent_id: row.agent_id,
    agent_version: row.agent_version,
    model: row.model,
    provider: row.provider,
    usage: {
      input_tokens: Number(row.input_tokens),
      output_tokens: Number(row.output_tokens),
      calls: row.calls,
      cost_micros: Number(row.cost_micros),
      currency: row.currency,
    },
    latency_ms: row.latency_ms,
    first_token_ms: row.first_token_ms,
    error: row.error_code === null ? null : { code: row.error_code, detail: row.error_detail ?? '' },
    feedback: feedbackOf(row),
    created_at: row.created_at.toISOString(),
  };
}

function feedbackOf(row: MessageRow): Message['feedback'] {
  if (!row.rated_at) return null;
  return {
    rating: row.rating === null ? null : row.rating > 0 ? 'up' : 'down',
    reason: row.feedback_reason,
    satisfaction: row.satisfaction,
    rated_at: row.rated_at.toISOString(),
  };
}
