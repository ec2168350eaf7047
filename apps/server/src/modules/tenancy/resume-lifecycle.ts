// What servers that were killed left unfinished: provisioning, deletions, moves. Run at every start and now and then; each
// organization is held while it is worked on, so that servers do not do it twice.

import { withOwner } from '../../platform/db/owner.ts';
import type { DirectoryRow } from './directory/store.ts';
import { listUnfinished } from './directory/store.ts';
import { holdOrganization } from './hold-organization.ts';
import { carryLedger } from './placement/carry-ledger.ts';
import { settleMove } from './placement/settle-move.ts';
import { changeMove, listUnfinishedMoves, type MoveRow } from './placement/store.ts';
import { discardOrganization } from './removal/discard-organization.ts';
import { finishRemoval } from './removal/finish-removal.ts';
import { deleteLateCalls, listDeleted } from './removal/store.ts';
import type { TenancyDeps } from './tenancy-deps.ts';

const PROVISIONING_SECONDS = 300;
// No call is longer than this: then nothing can settle any more in the cluster the organization left.
const LONGEST_CALL_MS = 900_000;

/** Finishes or undoes what was left unfinished. What fails is logged and left for the next time. */
export async function resumeLifecycle(deps: TenancyDeps): Promise<void> {
  const { db, log } = deps;
  const attempt = (what: string, organizationId: string, work: () => Promise<unknown>) =>
    holdOrganization(db, organizationId, work).catch((err: unknown) =>
      log.error({ err, organization: organizationId }, `${what}: could not be finished`),
    );
  const left = await db.asPlatform(null, async (tx) => ({
    provisioning: await listUnfinished(tx, { status: 'provisioning', ageSeconds: PROVISIONING_SECONDS }),
    deleting: await listUnfinished(tx, { status: 'deleting', ageSeconds: 0 }),
    moves: await listUnfinishedMoves(tx),
    deleted: await listDeleted(tx),
  }));
  const idOf = ({ organization_id }: DirectoryRow | MoveRow) => organization_id;
  for (const id of left.provisioning.map(idOf))
    await attempt('provisioning', id, () => discardOrganization(deps, id));
  for (const id of left.deleting.map(idOf)) await attempt('deletion', id, () => finishRemoval(deps, id));
  for (const move of left.moves) await attempt('move', idOf(move), () => resumeMove(deps, move));
  if (left.deleted.length > 0) await clearLateCalls(deps, left.deleted);
}

async function resumeMove(deps: TenancyDeps, move: MoveRow): Promise<void> {
  if (move.state === 'running') return void (await settleMove(deps, move, 'interrupted'));
  await carryLedger(deps, move.organization_id, move.to_cluster);
  if (Date.now() - (move.ended_at?.getTime() ?? 0) > LONGEST_CALL_MS)
    await deps.db.asPlatform(null, (tx) =>
      changeMove(tx, { id: move.id, steps: ['draining'] }, { step: 'done' }),
    );
}

async function clearLateCalls(deps: TenancyDeps, organizationIds: string[]): Promise<void> {
  for (const name of deps.db.clusters.names())
    await withOwner(deps.db.clusters.get(name), (owner) =>
      owner.transact((tx) => deleteLateCalls(tx, organizationIds)),
    ).catch((err: unknown) => deps.log.error({ err, cluster: name }, 'late calls of deleted organizations'));
}
