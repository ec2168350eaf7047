// A move as the contract shows it.
import type { Move } from '@insula/contract/tenancy';
import { placementOf } from '../../../platform/db/residences.ts';
import type { MoveRow } from './store.ts';

export type { Move };

/** Presents the journal of a move. */
export function presentMove(row: MoveRow): Move {
  return {
    organization_id: row.organization_id,
    from: { placement: placementOf(row.from_schema), data_region: row.from_cluster },
    to: { placement: row.to_placement as Move['to']['placement'], data_region: row.to_cluster },
    state: row.state as Move['state'],
    rows: row.rows,
    blocked_ms: row.blocked_ms,
    error: row.error,
    started_at: row.started_at.toISOString(),
    ended_at: row.ended_at?.toISOString() ?? null,
  };
}
