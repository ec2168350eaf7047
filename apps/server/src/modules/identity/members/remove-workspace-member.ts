// Taking a member's role in a workspace away, with the keys that rested on it.
import { memberProblem } from '@insula/contract/members';
import type { Actor } from '../../../platform/actor.ts';
import { assertCovers, rightsIn } from '../rights/assert-covers.ts';
import { changePeople } from '../rights/change-people.ts';
import type { PeopleDeps } from '../rights/people-deps.ts';
import { permissionsInWorkspace } from '../rights/read-rights.ts';
import { withdrawExcess } from '../rights/withdraw-excess.ts';
import { deleteWorkspaceRole, findWorkspaceMember } from './store.ts';

/** Takes the role away and announces `workspace_member.removed`; throws `member_not_found`, `rights_exceeded`. */
export async function removeWorkspaceMember(
  deps: PeopleDeps,
  actor: Actor,
  input: { workspace_id: string; member_id: string },
): Promise<{ id: string; deleted: true }> {
  const { workspace_id: workspaceId, member_id: memberId } = input;
  const organizationId = actor.organization_id;
  const at = { organizationId, workspaceId, memberId };
  return changePeople(deps, actor, async (tx, giver) => {
    const before = await findWorkspaceMember(tx, at);
    if (!before) throw memberProblem('member_not_found');
    assertCovers(giver, rightsIn(workspaceId, permissionsInWorkspace(before.role)));
    await deleteWorkspaceRole(tx, at);
    const withdrawn = await withdrawExcess(tx, {
      organizationId,
      memberIds: [memberId],
      nowMs: deps.clock.now(),
    });
    await deps.events.announce(tx, actor, {
      type: 'workspace_member.removed',
      subject_type: 'member',
      subject_id: memberId,
      workspace_id: workspaceId,
      details: { email: before.email, before: before.role, ...withdrawn },
    });
    return { id: memberId, deleted: true };
  });
}
