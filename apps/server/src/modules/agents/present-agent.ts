// An agent as the contract shows it.
import type { agent } from '@insula/contract/agents';
import type { z } from 'zod';
import type { AgentRow } from './store.ts';

export type Agent = z.infer<typeof agent>;

/** Presents a row, with moments as text. */
export function presentAgent(row: AgentRow): Agent {
  return {
    ...row,
    enabled_tools: row.enabled_tools as Agent['enabled_tools'],
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
