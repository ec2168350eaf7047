// Addresses without a workspace: it is that of the API key, the one named, or the organization's default one.
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';

/** The workspace that is meant; throws `workspace_not_found` for one outside the actor's sight. */
export async function findWorkspace(
  deps: Pick<KnowledgeDeps, 'tenancy'>,
  actor: Actor,
  named: string | undefined,
): Promise<string> {
  const own = actor.workspaces === '*' ? undefined : actor.workspaces;
  const entry = await deps.tenancy.directory.getEntry(actor.organization_id);
  const usual = own?.length === 1 ? own[0] : entry.default_workspace_id;
  const workspaceId = named ?? usual;
  if (!workspaceId || (own && !own.includes(workspaceId))) throw tenancyProblem('workspace_not_found');
  return workspaceId;
}
