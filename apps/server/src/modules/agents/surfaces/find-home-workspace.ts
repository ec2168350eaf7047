// Where a chat that names no workspace happens: in the API key's own, or else in the organization's default one.
import { type Permission, problem } from '@insula/contract';
import { tenancyProblem } from '@insula/contract/tenancy';
import { type Actor, actorMay } from '../../../platform/actor.ts';
import type { ChatDeps } from '../chat/chat-deps.ts';

/** The workspace for a caller who names none; throws `workspace_not_found` when it cannot be seen, `forbidden` without the permission there. */
export async function findHomeWorkspace(
  deps: ChatDeps,
  actor: Actor,
  permission: Permission,
): Promise<string> {
  const home = await findHome(deps, actor);
  if (!actorMay(actor, permission, home)) throw problem('forbidden', { permission });
  return home;
}

async function findHome(deps: ChatDeps, actor: Actor): Promise<string> {
  const { workspaces } = actor;
  if (workspaces !== '*' && workspaces.length === 1) return workspaces[0]!;
  const entry = await deps.tenancy.directory.findOrganization(actor.organization_id);
  const home = entry?.default_workspace_id;
  if (!home || (workspaces !== '*' && !workspaces.includes(home)))
    throw tenancyProblem('workspace_not_found');
  return home;
}
