// Clearing away what was provisioned of an organization that never opened.
import { deleteEntry, lockEntry } from '../directory/store.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';
import { eraseOrganization, shutDoors } from './erase-organization.ts';

/** Erases an organization that is still being provisioned, entry and all; one that has opened is left alone. */
export async function discardOrganization(
  deps: Pick<TenancyDeps, 'db'>,
  organizationId: string,
): Promise<void> {
  const isUnopened = await deps.db.asPlatform(null, async (tx) => {
    const entry = await lockEntry(tx, organizationId);
    return entry?.status === 'provisioning';
  });
  if (!isUnopened) return;
  await shutDoors(deps, organizationId);
  await eraseOrganization(deps, organizationId);
  await deps.db.asPlatform(null, (tx) => deleteEntry(tx, organizationId));
}
