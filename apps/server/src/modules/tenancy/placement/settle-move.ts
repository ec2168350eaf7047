// What follows a move that got somewhere, or nowhere: before the point of no return it is undone, after it carried to its
// end. Every step can be repeated, so that whoever comes after a crash just begins again.
import { systemActor } from '../../../platform/actor.ts';
import { carryWork, removeWork } from '../../../platform/db/carry-work.ts';
import { eraseRows } from '../../../platform/db/erase-rows.ts';
import { type OwnerTx, withOwner } from '../../../platform/db/owner.ts';
import {
  dropSchema,
  findResidence,
  type Placement,
  placementOf,
  residenceOf,
  setResidence,
} from '../../../platform/db/residences.ts';
import { updateEntry } from '../directory/store.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';
import { carryLedger } from './carry-ledger.ts';
import { journalBeside } from './journal-beside.ts';
import { changeMove, findMove, isAnnounced, type MoveRow, markUndoing } from './store.ts';

/** Brings a move to its end, whichever it is, and returns its journal. `reason` tells why it was undone, if it is. */
export async function settleMove(deps: TenancyDeps, move: MoveRow, reason: string): Promise<MoveRow> {
  await ((await giveUp(deps, move, reason)) ? undo(deps, move) : carryOn(deps, move));
  const settled = await deps.db.asPlatform(null, (tx) => findMove(tx, move.organization_id));
  if (!settled) throw new Error('The organization was deleted while it was being moved.');
  return settled;
}

/** Decides to undo the move if the organization still lives where it did: seen while nobody can move it. */
async function giveUp(deps: TenancyDeps, move: MoveRow, reason: string): Promise<boolean> {
  return withOwner(deps.db.clusters.get(move.from_cluster), (owner) =>
    owner.transactAlone(move.organization_id, async (tx) => {
      const home = await findResidence(tx, move.organization_id);
      if (home?.schema !== move.from_schema) return false;
      const mark = (journal: OwnerTx) => markUndoing(journal, move.id, reason.slice(0, 500));
      return journalBeside(deps, { tx, cluster: move.from_cluster }, mark);
    }),
  );
}

async function undo(deps: TenancyDeps, move: MoveRow): Promise<void> {
  const { organization_id: organizationId, from_cluster, to_cluster } = move;
  const target = residenceOf(organizationId, move.to_placement as Placement);
  await withOwner(deps.db.clusters.get(to_cluster), async (owner) => {
    await dropSchema(owner, target);
    if (from_cluster !== to_cluster)
      await owner.transact((tx) => eraseRows(tx, organizationId, { schemas: [target.schema] }));
  });
  if (from_cluster !== to_cluster) await carryLedger(deps, organizationId, from_cluster);
  await deps.db.asPlatform(null, (tx) =>
    changeMove(tx, { id: move.id, steps: ['undoing'] }, { state: 'failed', ended_at: new Date() }),
  );
}

async function carryOn(deps: TenancyDeps, move: MoveRow): Promise<void> {
  await openTarget(deps, move, undefined);
  await announceInside(deps, move);
  await clearSource(deps, move);
  const acrossClusters = move.from_cluster !== move.to_cluster;
  if (acrossClusters) await carryLedger(deps, move.organization_id, move.to_cluster);
  await deps.db.asPlatform(null, (tx) =>
    changeMove(
      tx,
      { id: move.id, steps: ['cleaning'] },
      { state: 'done', step: acrossClusters ? 'draining' : 'done', ended_at: new Date() },
    ),
  );
}

/** Lets the organization in at its new place. `askedAt` (performance.now) is when its requests began to wait, if known. */
export async function openTarget(
  deps: TenancyDeps,
  move: MoveRow,
  askedAt: number | undefined,
): Promise<void> {
  const { organization_id: organizationId, to_cluster, to_placement } = move;
  const { clusters } = deps.db;
  if (move.from_cluster !== to_cluster)
    await withOwner(clusters.get(move.from_cluster), (from) =>
      withOwner(clusters.get(to_cluster), (to) => carryWork(organizationId, { from, to })),
    );
  await withOwner(clusters.get(to_cluster), (owner) =>
    owner.transact((tx) =>
      setResidence(tx, organizationId, residenceOf(organizationId, to_placement as Placement)),
    ),
  );
  await deps.db.asPlatform(null, async (tx) => {
    const blocked = askedAt === undefined ? {} : { blocked_ms: Math.ceil(performance.now() - askedAt) };
    const steps = { id: move.id, steps: ['copying' as const, 'switching' as const] };
    if (!(await changeMove(tx, steps, { step: 'cleaning', ...blocked }))) return;
    await updateEntry(tx, organizationId, { cluster: to_cluster, placement: to_placement });
    await deps.events.announceOnPlatform(tx, systemActor(organizationId), {
      type: 'organization.moved',
      subject_type: 'organization',
      subject_id: organizationId,
      details: { move: move.id, to: { cluster: to_cluster, placement: to_placement } },
      about: organizationId,
    });
  });
}

async function announceInside(deps: TenancyDeps, move: MoveRow): Promise<void> {
  const actor = systemActor(move.organization_id);
  const at = { organizationId: move.organization_id, moveId: move.id };
  await deps.db.as(actor, async (tx) => {
    if (await isAnnounced(tx, at)) return;
    await deps.events.announce(tx, actor, {
      type: 'organization.moved',
      subject_type: 'organization',
      subject_id: move.organization_id,
      details: {
        move: move.id,
        from: { placement: placementOf(move.from_schema), data_region: move.from_cluster },
        to: { placement: move.to_placement, data_region: move.to_cluster },
      },
    });
  });
}

async function clearSource(deps: TenancyDeps, move: MoveRow): Promise<void> {
  await withOwner(deps.db.clusters.get(move.from_cluster), async (owner) => {
    await dropSchema(owner, { schema: move.from_schema, role: move.from_role });
    if (move.from_cluster !== move.to_cluster)
      await owner.transact((tx) => removeWork(tx, move.organization_id));
    if (move.from_cluster !== move.to_cluster && placementOf(move.from_schema) === 'pooled')
      await owner.transact((tx) => eraseRows(tx, move.organization_id, { schemas: [move.from_schema] }));
  });
}
