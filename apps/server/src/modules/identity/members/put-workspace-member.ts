// Giving a member a role in a workspace: only what the giver may do there, and never over somebody who may do more.
import { memberProblem } from '@insula/contract/members';
import { tenancyProblem } from '@insula/contract/tenancy';
import type { Actor } from '../../../platform/actor.ts';
import { assertCovers, rightsIn } from '../rights/assert-covers.ts';
import { changePeople } from '../rights/change-people.ts';
import type { PeopleDeps } from '../rights/people-deps.ts';
import { permissionsInWorkspace } from '../rights/read-rights.ts';
import { holdWorkspaces } from '../rights/store.ts';
import { withdrawExcess } from '../rights/withdraw-excess.ts';
import { presentWorkspaceMember, type WorkspaceMember } from './list-workspace-members.ts';
import { findMember, findWorkspaceMember, putWorkspaceRole } from './store.ts';

/** Gives the role, instead of one held before, and announces `workspace_member.changed`; throws `workspace_not_found`, `member_not_found`, `rights_exceeded`. */
export async function putWorkspaceMember(
  deps: PeopleDeps,
  actor: Actor,
  input: { workspace_id: string; member_id: string; role: string },
): Promise<WorkspaceMember> {
  const { workspace_id: workspaceId, member_id: memberId, role } = input;
  const organizationId = actor.organization_id;
  const at = { organizationId, workspaceId, memberId };
  return changePeople(deps, actor, async (tx, giver) => {
    const found = await holdWorkspaces(tx, { organizationId, workspaceIds: [workspaceId] });
    if (!found.has(workspaceId)) throw tenancyProblem('workspace_not_found');
    if (!(await findMember(tx, at))) throw memberProblem('member_not_found');
    const before = await findWorkspaceMember(tx, at);
    if (before) assertCovers(giver, rightsIn(workspaceId, permissionsInWorkspace(before.role)));
    assertCovers(giver, rightsIn(workspaceId, permissionsInWorkspace(role)));
    await putWorkspaceRole(tx, { ...at, role });
    const withdrawn = await withdrawExcess(tx, {
      organizationId,
      memberIds: [memberId],
      nowMs: deps.clock.now(),
    });
    const after = (await findWorkspaceMember(tx, at))!;
    await deps.events.announce(tx, actor, {
      type: 'workspace_member.changed',
      subject_type: 'member',
      subject_id: memberId,
      workspace_id: workspaceId,
      details: { email: after.email, before: before?.role ?? null, after: role, ...withdrawn },
    });
    return presentWorkspaceMember(after);
  });
}
