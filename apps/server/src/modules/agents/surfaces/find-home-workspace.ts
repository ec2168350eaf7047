// Where a chat that names no workspace happens: in the API key's own, or else in the organization's default one.
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import type { ChatDeps } from '../chat/chat-deps.ts';

/** The workspace for a caller who names none; throws `workspace_not_found` when it cannot be seen. */
export async function findHomeWorkspace(deps: ChatDeps, actor: Actor): Promise<string> {
  const { workspaces } = actor;
  if (workspaces !== '*' && workspaces.length === 1) return workspaces[0]!;
  const entry = await deps.tenancy.directory.findOrganization(actor.organization_id);
  const home = entry?.default_workspace_id;
  if (!home || (workspaces !== '*' && !workspaces.includes(home))) throw tenancyProblem('workspace_not_found');
  return home;
}
