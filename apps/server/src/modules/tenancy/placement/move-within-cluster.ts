// A move between the pooled schema and a dedicated one of the same cluster: one transaction, during which the organization's
// requests wait. Before its commit the organization lives where it did, after it in its new place.
import { eraseRows } from '../../../platform/db/erase-rows.ts';
import { moveRows } from '../../../platform/db/move-rows.ts';
import type { OwnerTx } from '../../../platform/db/owner.ts';
import { withOwner } from '../../../platform/db/owner.ts';
import {
  dropSchema,
  ensureSchema,
  findResidence,
  type Placement,
  placementOf,
  residenceOf,
  setResidence,
} from '../../../platform/db/residences.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';
import { changeMove, type MoveRow } from './store.ts';

/** Moves all rows and the residence; what is left to do is `settleMove`'s. */
export async function moveWithinCluster(deps: TenancyDeps, move: MoveRow): Promise<void> {
  const cluster = deps.db.clusters.get(move.from_cluster);
  const target = residenceOf(move.organization_id, move.to_placement as Placement);
  await withOwner(cluster, async (owner) => {
    await dropSchema(owner, target); // nothing of an earlier try may be in it
    await ensureSchema(cluster, target);
    const askedAt = performance.now();
    const rows = await owner.transactAlone(move.organization_id, async (tx) => {
      const home = await findResidence(tx, move.organization_id);
      if (home?.schema !== move.from_schema)
        throw new Error('The organization was moved by somebody else meanwhile.');
      const moved = await moveAll(tx, move, target.schema);
      await setResidence(tx, move.organization_id, target);
      return moved;
    });
    const blocked_ms = Math.ceil(performance.now() - askedAt);
    await deps.db.asPlatform(null, (tx) =>
      changeMove(tx, { id: move.id, steps: ['copying'] }, { rows, blocked_ms }),
    );
  });
}

async function moveAll(tx: OwnerTx, move: MoveRow, to: string): Promise<number> {
  const { organization_id: organizationId, from_schema: from } = move;
  const moved = await moveRows(tx, { organizationId, from, to });
  // A dedicated schema is dropped as a whole afterwards, when nobody waits.
  if (placementOf(from) === 'dedicated') return moved;
  const erased = await eraseRows(tx, organizationId, { schemas: [from] });
  const count = Object.values(erased).reduce((sum, n) => sum + n, 0);
  if (count !== moved) throw new Error(`${moved} rows were copied, but ${count} were there.`);
  return moved;
}
