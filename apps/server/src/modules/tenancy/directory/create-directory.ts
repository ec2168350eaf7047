// The directory as other modules read it: remembered, and never staler than the last change anywhere.
import { tenancyProblem } from '@insula/contract/tenancy';
import { createTenantCache } from '../../../platform/cache/create-tenant-cache.ts';
import type { Database } from '../../../platform/db/create-database.ts';
import { type DirectoryRow, findEntry, findEntryBySlug } from './store.ts';

export type Directory = ReturnType<typeof createDirectory>;

/** Reads the directory through a cache. */
export function createDirectory(deps: { db: Database }) {
  const cache = createTenantCache<{ row: DirectoryRow | undefined }>({
    invalidation: deps.db.invalidation,
    max: 20_000,
  });

  /** The entry, or undefined when there is no such organization. */
  async function findOrganization(organizationId: string): Promise<DirectoryRow | undefined> {
    const found = await cache.load(organizationId, 'entry', async () => ({
      row: await deps.db.asPlatform(organizationId, (tx) => findEntry(tx, organizationId)),
    }));
    return found.row;
  }

  /** The entry; throws `organization_not_found`. */
  async function getEntry(organizationId: string): Promise<DirectoryRow> {
    const row = await findOrganization(organizationId);
    if (!row) throw tenancyProblem('organization_not_found');
    return row;
  }

  /** The entry named by id or slug (`X-Tenant-ID`), unremembered when by slug. */
  async function findNamed(idOrSlug: string): Promise<DirectoryRow | undefined> {
    if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(idOrSlug))
      return findOrganization(idOrSlug.toLowerCase());
    if (!/^[a-z0-9-]{1,63}$/i.test(idOrSlug)) return undefined;
    return deps.db.asPlatform(null, (tx) => findEntryBySlug(tx, idOrSlug.toLowerCase()));
  }

  /** The entry if it is remembered, without waiting: for the hot path. */
  function peek(organizationId: string): DirectoryRow | undefined {
    return cache.find(organizationId, 'entry')?.row;
  }

  return { findOrganization, getEntry, findNamed, peek };
}
