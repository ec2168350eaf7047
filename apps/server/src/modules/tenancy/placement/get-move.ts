// Reading how the last move of an organization went, or goes.
import { tenancyProblem } from '@insula/contract/tenancy';
import type { TenancyDeps } from '../tenancy-deps.ts';
import { type Move, presentMove } from './present-move.ts';
import { findMove } from './store.ts';

/** The last move; throws `move_not_found`. */
export async function getMove(deps: Pick<TenancyDeps, 'db'>, organizationId: string): Promise<Move> {
  const row = await deps.db.asPlatform(null, (tx) => findMove(tx, organizationId));
  if (!row) throw tenancyProblem('move_not_found');
  return presentMove(row);
}
