// A move to another cluster. Rows are copied while the organization goes on working; then its requests wait for the short
// time it takes to copy what has changed, to prove both sides equal and to switch.

import {
  type Copy,
  copyRows,
  copyTables,
  pairTables,
  type TablePair,
} from '../../../platform/db/copy-rows.ts';
import { equalizeRows } from '../../../platform/db/equalize-rows.ts';
import { eraseRows } from '../../../platform/db/erase-rows.ts';
import { type Owner, type OwnerTx, withOwner } from '../../../platform/db/owner.ts';
import {
  dropSchema,
  ensureSchema,
  findResidence,
  type Placement,
  removeResidence,
  residenceOf,
} from '../../../platform/db/residences.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';
import { copyLedger } from './carry-ledger.ts';
import { journalBeside } from './journal-beside.ts';
import { openTarget } from './settle-move.ts';
import { type MoveRow, markSwitching } from './store.ts';

const ROUNDS_MAX = 3;
const SHORT_ROUND_MS = 2_000;

/** Copies everything, shuts the source and opens the target; what is left to do is `settleMove`'s. */
export async function moveAcrossClusters(deps: TenancyDeps, move: MoveRow): Promise<void> {
  const { clusters } = deps.db;
  await withOwner(clusters.get(move.from_cluster), (from) =>
    withOwner(clusters.get(move.to_cluster), async (to) => {
      const copy = await prepareTarget(move, from, to);
      const pairs = await pairTables(copy);
      await copyRows(copy, pairs);
      await catchUp(copy, pairs);
      await copyLedger(move.organization_id, from, to);
      const askedAt = performance.now();
      await shutSource(deps, move, { copy, pairs });
      await openTarget(deps, move, askedAt);
    }),
  );
}

async function prepareTarget(move: MoveRow, from: Owner, to: Owner): Promise<Copy> {
  const { organization_id: organizationId } = move;
  const target = residenceOf(organizationId, move.to_placement as Placement);
  // Nothing of an earlier try may be there.
  await dropSchema(to, target);
  await ensureSchema(to.cluster, target);
  await to.transact((tx) => eraseRows(tx, organizationId, { schemas: [target.schema] }));
  return { organizationId, from, to, source: move.from_schema, target: target.schema };
}

/** Copies what changed during the copying, again while that takes long: the last round, when everybody waits, is to be short. */
async function catchUp(copy: Copy, pairs: TablePair[]): Promise<void> {
  for (let round = 1; round <= ROUNDS_MAX; round++) {
    const startedAt = performance.now();
    await copy.from.transact((from) => equalize(from, copy, pairs), { snapshot: true });
    if (performance.now() - startedAt < SHORT_ROUND_MS) return;
  }
}

async function shutSource(
  deps: TenancyDeps,
  move: MoveRow,
  { copy, pairs }: { copy: Copy; pairs: TablePair[] },
): Promise<void> {
  await copy.from.transactAlone(move.organization_id, async (from) => {
    const home = await findResidence(from, move.organization_id);
    if (home?.schema !== move.from_schema)
      throw new Error('The organization was moved by somebody else meanwhile.');
    const rows = await equalize(from, copy, pairs);
    const mark = (tx: OwnerTx) => markSwitching(tx, move.id, rows);
    if (!(await journalBeside(deps, { tx: from, cluster: move.from_cluster }, mark)))
      throw new Error('The move was undone by another server meanwhile.');
    await removeResidence(from, move.organization_id);
  });
}

const conflicts = ['23505', '23503'];

/** Makes the copy equal; where rows have exchanged a unique value, it is made anew. */
async function equalize(from: OwnerTx, copy: Copy, pairs: TablePair[]): Promise<number> {
  try {
    return await copy.to.transact((to) => equalizeRows({ from, to }, copy, pairs));
  } catch (error) {
    if (!conflicts.includes((error as { code?: string }).code ?? '')) throw error;
  }
  await copy.to.transact((to) => eraseRows(to, copy.organizationId, { schemas: [copy.target] }));
  await copyTables(from, copy, pairs);
  return copy.to.transact((to) => equalizeRows({ from, to }, copy, pairs));
}
