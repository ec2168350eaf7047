// Reading one workspace: what the actor cannot see does not exist.
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';
import { monthStart } from './month-start.ts';
import { presentWorkspace, type Workspace } from './present-workspace.ts';
import { countMonthlyRequests, findWorkspace } from './store.ts';

/** The workspace; throws `workspace_not_found`. */
export async function getWorkspace(deps: TenancyDeps, actor: Actor, workspaceId: string): Promise<Workspace> {
  return deps.db.as(actor, async (tx) => {
    const at = { organizationId: actor.organization_id, workspaceId };
    const row = await findWorkspace(tx, at);
    if (!row) throw tenancyProblem('workspace_not_found');
    const counts = await countMonthlyRequests(tx, {
      ...at,
      workspaceIds: [row.id],
      since: monthStart(deps.clock.now()),
    });
    return presentWorkspace(row, counts.get(row.id) ?? 0);
  });
}
