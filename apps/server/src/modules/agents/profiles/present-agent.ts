// An agent as the contract shows it.
import type { agent } from '@insula/contract/agents';
import { type Personality, personality } from '@insula/contract/personality';
import type { z } from 'zod';
import type { AgentRow } from './store.ts';

export type Agent = z.infer<typeof agent>;

/** Presents a row, with moments as text. */
export function presentAgent(row: AgentRow): Agent {
  return {
    ...row,
    enabled_tools: row.enabled_tools as Agent['enabled_tools'],
    personality: readPersonality(row.personality),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

/** The personality in a row; what is no field of one (any more) is left out. */
function readPersonality(given: unknown): Personality {
  return personality.strip().parse(given);
}
