// Re-ratings of an organization, for those who look after its bill.
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { GatewayDeps } from '../gateway-deps.ts';
import { presentReRating, type ShownReRating } from './present-re-rating.ts';
import { listReRatings } from './store.ts';

/** A page of re-ratings, newest first. */
export async function listUsageReRatings(
  deps: Pick<GatewayDeps, 'db'>,
  actor: Actor,
  input: { limit: number; cursor?: string | undefined },
): Promise<{ data: ShownReRating[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  const rows = await deps.db.as(actor, (tx) =>
    listReRatings(tx, actor.organization_id, { limit: input.limit, before }),
  );
  return pageOf(rows, input.limit, (row) => presentReRating(row));
}
