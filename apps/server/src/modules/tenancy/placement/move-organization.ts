// Moving an organization to another placement or region while it works: nothing is lost, nothing is there twice, and a crash
// at any point is undone or carried on.
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import { type Placement, residenceOf } from '../../../platform/db/residences.ts';
import { newId } from '../../../platform/ids.ts';
import { type DirectoryRow, lockEntry } from '../directory/store.ts';
import { holdOrganization } from '../hold-organization.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';
import { moveAcrossClusters } from './move-across-clusters.ts';
import { moveWithinCluster } from './move-within-cluster.ts';
import { type Move, presentMove } from './present-move.ts';
import { settleMove } from './settle-move.ts';
import { addMove, findMove, type MoveRow } from './store.ts';

export type MoveWish = { organization_id: string; placement: Placement; data_region?: string | undefined };

/** Moves the organization and returns when that is done. Throws `move_under_way`, `placement_unchanged`, or `move_failed` when it was undone. */
export async function moveOrganization(deps: TenancyDeps, actor: Actor, wish: MoveWish): Promise<Move> {
  const { clusters } = deps.db;
  if (wish.data_region !== undefined && !clusters.has(wish.data_region))
    throw tenancyProblem('region_unknown', {
      region: wish.data_region,
      regions: clusters.names().join(', '),
    });
  const held = await holdOrganization(deps.db, wish.organization_id, () => move(deps, actor, wish));
  if (!held) throw tenancyProblem('move_under_way');
  return presentMove(held.result);
}

async function move(deps: TenancyDeps, actor: Actor, wish: MoveWish): Promise<MoveRow> {
  const earlier = await deps.db.asPlatform(null, (tx) => findMove(tx, wish.organization_id));
  if (earlier?.state === 'running') await settleMove(deps, earlier, 'interrupted');
  const begun = await beginMove(deps, actor, wish);
  const acrossClusters = begun.from_cluster !== begun.to_cluster;
  let reason = 'interrupted';
  try {
    await (acrossClusters ? moveAcrossClusters(deps, begun) : moveWithinCluster(deps, begun));
  } catch (error) {
    deps.log.error({ err: error, organization: begun.organization_id }, 'a move was interrupted');
    reason = (error as Error).message;
  }
  const settled = await settleMove(deps, begun, reason);
  if (settled.state === 'failed') throw tenancyProblem('move_failed', { reason });
  return settled;
}

async function beginMove(deps: TenancyDeps, actor: Actor, wish: MoveWish): Promise<MoveRow> {
  return deps.db.asPlatform(null, async (tx) => {
    const entry = await lockEntry(tx, wish.organization_id);
    if (!entry || entry.status === 'provisioning' || entry.status === 'deleting')
      throw tenancyProblem('organization_not_found');
    const to = { cluster: wish.data_region ?? entry.cluster, placement: wish.placement };
    if (to.cluster === entry.cluster && to.placement === entry.placement)
      throw tenancyProblem('placement_unchanged');
    await deps.events.announceOnPlatform(tx, actor, {
      type: 'organization.move_started',
      subject_type: 'organization',
      subject_id: wish.organization_id,
      details: { from: { cluster: entry.cluster, placement: entry.placement }, to },
    });
    return addMove(tx, { ...journalOf(entry), to_cluster: to.cluster, to_placement: to.placement });
  });
}

function journalOf(entry: DirectoryRow) {
  const source = residenceOf(entry.organization_id, entry.placement as Placement);
  return {
    id: newId(),
    organization_id: entry.organization_id,
    from_cluster: entry.cluster,
    from_schema: source.schema,
    from_role: source.role,
  };
}
