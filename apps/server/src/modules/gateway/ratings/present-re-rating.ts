// A re-rating as the contract shows it.
import type { reRating } from '@insula/contract/usage-reviews';
import type { z } from 'zod';
import type { ReRatingRow } from './store.ts';

export type ShownReRating = z.infer<typeof reRating>;
type Tried = Omit<
  ReRatingRow,
  'id' | 'state' | 'organization_id' | 'cursor_at' | 'cursor_id' | 'cursor_attempt'
> & { id?: string; state?: ReRatingRow['state'] };

/** Presents a re-rating, or a dry run, which has no id and is `complete` unless it met its bound. */
export function presentReRating(row: Tried, complete = true): ShownReRating {
  return {
    id: row.id ?? null,
    state: row.state ?? 'dry_run',
    from: row.from_at.toISOString(),
    to: row.until_at.toISOString(),
    provider: row.provider,
    model: row.model,
    only_unknown: row.only_unknown,
    reason: row.reason,
    requested_by: row.requested_by,
    examined: row.examined,
    changed: row.changed,
    unpriced: row.unpriced,
    complete: complete && row.state !== 'running',
    totals: row.totals,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
