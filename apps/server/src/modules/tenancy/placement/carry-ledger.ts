// The ledger's rows of an organization follow it to another cluster: those of settled calls at once, those of calls in flight
// when they have settled where they began. The ledger's own keys see to it that nothing is there twice.
import { type Owner, withOwner } from '../../../platform/db/owner.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';
import { carryRatings, copyRatings } from './carry-ratings.ts';
import { addLedgerBatch, deleteLedgerBatch, type LedgerBatch, readLedgerBatch } from './store.ts';

/** Copies the settled calls and leaves them where they were. */
export async function copyLedger(organizationId: string, from: Owner, to: Owner): Promise<void> {
  for (let last: LedgerBatch | undefined; ; ) {
    const batch = await from.transact((tx) => readLedgerBatch(tx, organizationId, last));
    if (batch.id.length === 0) return copyRatings(organizationId, from, to);
    await to.transact((tx) => addLedgerBatch(tx, batch));
    last = batch;
  }
}

/** Carries the settled calls over from every other cluster; calls in flight stay until the next time. */
export async function carryLedger(
  deps: Pick<TenancyDeps, 'db'>,
  organizationId: string,
  home: string,
): Promise<void> {
  const { clusters } = deps.db;
  for (const name of clusters.names()) {
    if (name === home) continue;
    await withOwner(clusters.get(name), (from) =>
      withOwner(clusters.get(home), (to) => carryFrom(organizationId, from, to)),
    );
  }
}

async function carryFrom(organizationId: string, from: Owner, to: Owner): Promise<void> {
  for (;;) {
    const batch = await from.transact((tx) => readLedgerBatch(tx, organizationId, undefined));
    if (batch.id.length === 0) return carryRatings(organizationId, from, to);
    await to.transact((tx) => addLedgerBatch(tx, batch));
    await from.transact((tx) => deleteLedgerBatch(tx, organizationId, batch));
  }
}
