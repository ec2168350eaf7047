// A workspace is made: within the limit of the plan, under a slug that is free in its organization.
import { problem } from '@insula/contract';
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { newId } from '../../../platform/ids.ts';
import { toSlug } from '../../../platform/to-slug.ts';
import { lockOrganization } from '../organizations/store.ts';
import type { TenancyDeps } from '../tenancy-deps.ts';
import { presentWorkspace, type Workspace } from './present-workspace.ts';
import { addWorkspace, countWorkspaces, listWorkspaces, type WorkspaceRow } from './store.ts';

export type NewWorkspace = {
  id?: string;
  name: string;
  slug?: string | undefined;
  description: string;
  settings: Record<string, unknown>;
};

/** Workspaces allowed by plan, from the product's tier table; null means unlimited. */
const allowedByPlan: Record<string, number | null> = {
  free: 1,
  starter: 3,
  pro: 10,
  professional: 10,
  enterprise: null,
  custom: null,
};

/** Makes a workspace in the actor's organization and announces `workspace.created`. One who sees single workspaces cannot. */
export async function createWorkspace(
  deps: TenancyDeps,
  actor: Actor,
  input: NewWorkspace,
): Promise<Workspace> {
  if (actor.workspaces !== '*') throw problem('forbidden', { permission: 'workspaces:write' });
  const { plan_tier } = await deps.directory.getEntry(actor.organization_id);
  const limit = allowedByPlan[plan_tier] ?? null;
  const row = await deps.db.as(actor, async (tx) => {
    if (!(await lockOrganization(tx, actor.organization_id))) throw tenancyProblem('organization_not_found');
    if (limit !== null && (await countWorkspaces(tx, actor.organization_id)) >= limit)
      throw tenancyProblem('too_many_workspaces', { limit });
    return insertWorkspace(tx, { deps, actor, input });
  });
  return presentWorkspace(row, 0);
}

/** The insertion itself, for transactions that are already open (provisioning). */
export async function insertWorkspace(
  tx: TenantTx,
  at: { deps: Pick<TenancyDeps, 'events' | 'clock'>; actor: Actor; input: NewWorkspace; isDefault?: boolean },
): Promise<WorkspaceRow> {
  const { actor, input } = at;
  const slug = input.slug ?? toSlug(input.name, 'workspace');
  const taken = await listWorkspaces(tx, {
    organizationId: actor.organization_id,
    limit: 1,
    before: undefined,
    slug,
  });
  if (taken.length > 0) throw tenancyProblem('slug_taken', { slug });
  const row = await addWorkspace(tx, {
    organization_id: actor.organization_id,
    id: input.id ?? newId(at.deps.clock.now()),
    name: input.name,
    slug,
    description: input.description,
    settings: input.settings,
  });
  await at.deps.events.announce(tx, actor, {
    type: 'workspace.created',
    subject_type: 'workspace',
    subject_id: row.id,
    workspace_id: row.id,
    details: { name: row.name, slug, default: at.isDefault ?? false },
  });
  return row;
}
