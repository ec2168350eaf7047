// Changing a workspace's name, slug, description, settings or limits.
import { problem } from '@insula/contract';
import type { OwnLimits } from '@insula/contract/configuration';
import { tenancyProblem } from '@insula/contract/tenancy';
import { type Actor, actorMay } from '../../../platform/actor.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';
import { getWorkspace } from './get-workspace.ts';
import type { Workspace } from './present-workspace.ts';
import { listWorkspaces, updateWorkspace } from './store.ts';

export type WorkspaceChange = {
  workspace_id: string;
  name?: string | undefined;
  slug?: string | undefined;
  description?: string | undefined;
  settings?: Record<string, unknown> | undefined;
  rate_limits?: OwnLimits | undefined;
};

/** Changes what is given and announces `workspace.changed`. Limits are for those who configure the organization. */
export async function changeWorkspace(
  deps: TenancyDeps,
  actor: Actor,
  input: WorkspaceChange,
): Promise<Workspace> {
  const { workspace_id: workspaceId, ...given } = input;
  if (input.rate_limits && !actorMay(actor, 'configuration:write'))
    throw problem('forbidden', { permission: 'configuration:write' });
  const change = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  await deps.db.as(actor, async (tx) => {
    const at = { organizationId: actor.organization_id, workspaceId };
    if (input.slug !== undefined) {
      const taken = await listWorkspaces(tx, {
        organizationId: actor.organization_id,
        limit: 1,
        before: undefined,
        slug: input.slug,
      });
      if (taken.some((row) => row.id !== workspaceId))
        throw tenancyProblem('slug_taken', { slug: input.slug });
    }
    if (!(await updateWorkspace(tx, at, change))) throw tenancyProblem('workspace_not_found');
    await deps.events.announce(tx, actor, {
      type: 'workspace.changed',
      subject_type: 'workspace',
      subject_id: workspaceId,
      workspace_id: workspaceId,
      details: { fields: Object.keys(change) },
    });
  });
  return getWorkspace(deps, actor, workspaceId);
}
