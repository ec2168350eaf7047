// Listing organizations, for operators.
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';
import { type Organization, presentOrganization } from './present-organization.ts';
import { listEntries } from './store.ts';

/** A page of the directory, newest first. */
export async function listOrganizations(
  deps: TenancyDeps,
  input: {
    limit: number;
    cursor?: string | undefined;
    slug?: string | undefined;
    status?: string | undefined;
  },
): Promise<{ data: Organization[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  const rows = await deps.db.asPlatform(null, (tx) =>
    listEntries(tx, { limit: input.limit, before, slug: input.slug, status: input.status }),
  );
  return pageOf(
    rows.map((row) => ({ ...row, id: row.organization_id })),
    input.limit,
    ({ id: _, ...row }) => presentOrganization(row),
  );
}
