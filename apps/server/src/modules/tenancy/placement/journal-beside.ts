// The journal of moves stands in the main cluster. A move that shuts an organization there writes it in that same
// transaction; a move that shuts one elsewhere writes it just before, in a transaction of its own.
import { type OwnerTx, withOwner } from '../../../platform/db/owner.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';

/** Runs `write` on the main cluster: in the open transaction if that is there, otherwise in its own. */
export async function journalBeside<T>(
  deps: Pick<TenancyDeps, 'db'>,
  open: { tx: OwnerTx; cluster: string },
  write: (tx: OwnerTx) => Promise<T>,
): Promise<T> {
  if (open.cluster === 'main') return write(open.tx);
  return withOwner(deps.db.clusters.get('main'), (owner) => owner.transact(write));
}
