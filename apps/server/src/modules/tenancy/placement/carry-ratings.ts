// Later ratings of an organization's calls follow it to another cluster: append-only rows, copied until none is missing there.
import type { Owner } from '../../../platform/db/owner.ts';
import { addRatingBatch, deleteRatings, type RatingBatch, readRatingBatch } from './store.ts';

/** Copies ratings and re-ratings from one cluster to another and leaves them where they were. */
export async function copyRatings(organizationId: string, from: Owner, to: Owner): Promise<void> {
  for (let last: RatingBatch | undefined; ; ) {
    const batch = await from.transact((tx) => readRatingBatch(tx, organizationId, last));
    await to.transact((tx) => addRatingBatch(tx, batch));
    if (batch.ratings.length === 0) return;
    last = batch;
  }
}

/** Copies what there is, then takes it out of where it was; to be called when the organization lives in the other cluster. */
export async function carryRatings(organizationId: string, from: Owner, to: Owner): Promise<void> {
  await copyRatings(organizationId, from, to);
  await from.transact((tx) => deleteRatings(tx, organizationId));
}
