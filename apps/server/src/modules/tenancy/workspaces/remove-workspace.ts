// Deleting a workspace takes everything in it along; the last one and the platform's default stay.
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import { DEFAULT_WORKSPACE } from '../defaults.ts';
import type { TenancyDeps } from '../index.ts';
import { countWorkspaces, deleteWorkspace, findWorkspace } from './store.ts';

/** Deletes the workspace and announces `workspace.removed`. */
export async function removeWorkspace(
  deps: TenancyDeps,
  actor: Actor,
  workspaceId: string,
): Promise<{ id: string; deleted: true }> {
  return deps.db.as(actor, async (tx) => {
    const at = { organizationId: actor.organization_id, workspaceId };
    const row = await findWorkspace(tx, at);
    if (!row) throw tenancyProblem('workspace_not_found');
    if (workspaceId === DEFAULT_WORKSPACE) throw tenancyProblem('default_protected');
    if ((await countWorkspaces(tx, actor.organization_id)) <= 1) throw tenancyProblem('last_workspace');
    await deps.events.announce(tx, actor, {
      type: 'workspace.removed',
      subject_type: 'workspace',
      subject_id: workspaceId,
      workspace_id: workspaceId,
      details: { name: row.name, slug: row.slug },
    });
    await deleteWorkspace(tx, at);
    return { id: workspaceId, deleted: true };
  });
}
