// Listing the workspaces that an actor can see.
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';
import { monthStart } from './month-start.ts';
import { presentWorkspace, type Workspace } from './present-workspace.ts';
import { countMonthlyRequests, listWorkspaces as readWorkspaces } from './store.ts';

/** A page of workspaces, newest first. */
export async function listWorkspaces(
  deps: TenancyDeps,
  actor: Actor,
  input: { limit: number; cursor?: string | undefined; slug?: string | undefined },
): Promise<{ data: Workspace[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  return deps.db.as(actor, async (tx) => {
    const rows = await readWorkspaces(tx, {
      organizationId: actor.organization_id,
      limit: input.limit,
      before,
      slug: input.slug,
    });
    const counts = await countMonthlyRequests(tx, {
      organizationId: actor.organization_id,
      workspaceIds: rows.map((r) => r.id),
      since: monthStart(deps.clock.now()),
    });
    return pageOf(rows, input.limit, (row) => presentWorkspace(row, counts.get(row.id) ?? 0));
  });
}
