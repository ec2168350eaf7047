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

/** The id of every organization that is not being deleted, for upkeep that visits all of them. */
export async function* eachOrganization(deps: Pick<TenancyDeps, 'db'>): AsyncGenerator<string> {
  let before: string | undefined;
  for (;;) {
    const from = before;
    const rows = await deps.db.asPlatform(null, (tx) =>
      listEntries(tx, { limit: 500, before: from, slug: undefined, status: undefined }),
    );
    for (const row of rows.slice(0, 500)) if (row.status !== 'deleting') yield row.organization_id;
    if (rows.length <= 500) return;
    before = rows[499]!.organization_id;
  }
}
