// Deleting a workspace takes everything in it along; the last one and the platform's default stay.
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import { notifyOf } from '../../../platform/events/store.ts';
import { DEFAULT_WORKSPACE } from '../default-organization.ts';
import { findEntry, lockEntry, updateEntry } from '../directory/store.ts';
import { lockOrganization } from '../organizations/store.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';
import { countWorkspaces, deleteWorkspace, findOldest, findWorkspace } from './store.ts';

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
  await deps.db.as({ organization_id: organizationId, workspaces: '*' }, async (tx) => {
    const at = { organizationId, workspaceId };
    await lockOrganization(tx, organizationId);
    const row = await findWorkspace(tx, at);
    if (!row) throw tenancyProblem('workspace_not_found');
    if (workspaceId === DEFAULT_WORKSPACE) throw tenancyProblem('default_protected');
    if ((await countWorkspaces(tx, organizationId)) <= 1) throw tenancyProblem('last_workspace');
    await deps.events.announce(tx, actor, {
      type: 'workspace.removed',
      subject_type: 'workspace',
      subject_id: workspaceId,
      workspace_id: workspaceId,
      details: { name: row.name, slug: row.slug },
    });
    await deleteWorkspace(tx, at);
  });
  await mendDefault(deps, organizationId);
  return { id: workspaceId, deleted: true };
}

/** Makes the oldest workspace the default one when that was removed; looks again after, since others may remove at the same time. */
async function mendDefault(deps: TenancyDeps, organizationId: string): Promise<void> {
  for (;;) {
    const entry = await deps.db.asPlatform(null, (tx) => findEntry(tx, organizationId));
    const known = entry?.default_workspace_id;
    if (!known) return;
    const oldest = await deps.db.as({ organization_id: organizationId, workspaces: '*' }, async (tx) =>
      (await findWorkspace(tx, { organizationId, workspaceId: known }))
        ? known
        : findOldest(tx, organizationId),
    );
    if (oldest === undefined || oldest === known) return;
    await deps.db.asPlatform(null, async (tx) => {
      const locked = await lockEntry(tx, organizationId);
      if (locked?.default_workspace_id !== known) return;
      await updateEntry(tx, organizationId, { default_workspace_id: oldest });
      await notifyOf(tx, organizationId);
    });
  }
}
