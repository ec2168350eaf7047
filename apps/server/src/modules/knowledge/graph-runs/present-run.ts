// A run as the contract shows it.
import type { graphRun } from '@insula/contract/graph-runs';
import type { z } from 'zod';
import type { RunRow } from './store.ts';

export type GraphRun = z.infer<typeof graphRun>;

const amount = (value: string | number | null) => (value === null ? null : Number(value));

/** Presents a run, without whose it is. */
export function presentRun(row: RunRow): GraphRun {
  const { id, workspace_id, collection_ids, model, origin, status, reason, estimate, currency } = row;
  const { passage_count, done_count, failed_count, fact_count, started_by } = row;
  return {
    ...{ id, workspace_id, collection_ids, model, origin, status, reason, estimate, currency },
    ...{ passage_count, done_count, failed_count, fact_count, started_by },
    cost_cap_micros: amount(row.cap_micros),
    token_cap: amount(row.cap_tokens),
    spent_micros: Number(row.spent_micros),
    spent_tokens: Number(row.spent_tokens),
    created_at: row.created_at.toISOString(),
    started_at: row.started_at?.toISOString() ?? null,
    ended_at: row.ended_at?.toISOString() ?? null,
  };
}
