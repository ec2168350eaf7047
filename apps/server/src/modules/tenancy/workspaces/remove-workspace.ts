// Deleting a workspace takes everything in it along; the last one and the platform's default stay.
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import { notifyOf } from '../../../platform/events/store.ts';
import { DEFAULT_WORKSPACE } from '../default-organization.ts';
import { updateEntry } from '../directory/store.ts';
import { lockOrganization } from '../organizations/store.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';
import { deleteWorkspace, findOldestOther, findWorkspace } from './store.ts';

/** Deletes the workspace and announces `workspace.removed`; when it was the default one, the oldest of the others becomes that. */
export async function removeWorkspace(
  deps: TenancyDeps,
  actor: Actor,
  workspaceId: string,
): Promise<{ id: string; deleted: true }> {
  if (actor.workspaces !== '*' && !actor.workspaces.includes(workspaceId))
    throw tenancyProblem('workspace_not_found');
  const organizationId = actor.organization_id;
  // The whole organization is seen here: whether others are left does not depend on who asks.
  const heir = await deps.db.as({ organization_id: organizationId, workspaces: '*' }, async (tx) => {
    const at = { organizationId, workspaceId };
    await lockOrganization(tx, organizationId);
    const row = await findWorkspace(tx, at);
    if (!row) throw tenancyProblem('workspace_not_found');
    if (workspaceId === DEFAULT_WORKSPACE) throw tenancyProblem('default_protected');
    const other = await findOldestOther(tx, at);
    if (!other) throw tenancyProblem('last_workspace');
    await deps.events.announce(tx, actor, {
      type: 'workspace.removed',
      subject_type: 'workspace',
      subject_id: workspaceId,
      workspace_id: workspaceId,
      details: { name: row.name, slug: row.slug },
    });
    await deleteWorkspace(tx, at);
    return other;
  });
  await passOnDefault(deps, { organizationId, workspaceId, heir });
  return { id: workspaceId, deleted: true };
}

async function passOnDefault(
  deps: TenancyDeps,
  at: { organizationId: string; workspaceId: string; heir: string },
): Promise<void> {
  const entry = await deps.directory.findOrganization(at.organizationId);
  if (entry?.default_workspace_id !== at.workspaceId) return;
  await deps.db.asPlatform(null, async (tx) => {
    await updateEntry(tx, at.organizationId, { default_workspace_id: at.heir });
    await notifyOf(tx, at.organizationId);
  });
}
