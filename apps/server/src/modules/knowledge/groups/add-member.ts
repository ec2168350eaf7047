// Who is in a group: only people who see its workspace anyway. What they see by it, they see from their next request on.
import { accessProblem } from '@insula/contract/collection-access';
import { memberProblem } from '@insula/contract/members';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { seesWorkspace } from '../../identity/index.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { type OneGroup, requireGroup } from './list-groups.ts';
import { type Group, presentGroup } from './present-group.ts';
import { addGroupMember, countGroups, deleteGroupMember, type GroupRow } from './store.ts';

const MEMBERS_MAX = 5_000;

type OneMember = OneGroup & { member_id: string };

/** Adds a person and announces `group.member_added`; throws `group_not_found`, `member_not_found`, `member_outside_workspace`. */
export async function addMember(deps: KnowledgeDeps, actor: Actor, input: OneMember): Promise<Group> {
  const { workspace_id, group_id, member_id } = input;
  const place = { organizationId: actor.organization_id, workspaceId: workspace_id };
  return deps.db.as(actor, async (tx) => {
    const group = await requireGroup(tx, actor, input);
    await countGroups(tx, place);
    if (group.members >= MEMBERS_MAX) throw accessProblem('group_full', { limit: MEMBERS_MAX });
    const sees = await seesWorkspace(tx, { ...place, memberId: member_id });
    if (sees === undefined) throw memberProblem('member_not_found');
    if (!sees) throw accessProblem('member_outside_workspace');
    await addGroupMember(tx, { organization_id: place.organizationId, group_id, member_id, workspace_id });
    return tellAndShow(deps, tx, { actor, input, group, type: 'group.member_added' });
  });
}

/** Takes a person out and announces `group.member_removed`; throws `group_not_found`, `group_member_not_found`. */
export async function removeMember(deps: KnowledgeDeps, actor: Actor, input: OneMember): Promise<Group> {
  const { group_id, member_id } = input;
  return deps.db.as(actor, async (tx) => {
    const group = await requireGroup(tx, actor, input);
    if (!(await deleteGroupMember(tx, { organization_id: actor.organization_id, group_id, member_id })))
      throw accessProblem('group_member_not_found');
    return tellAndShow(deps, tx, { actor, input, group, type: 'group.member_removed' });
  });
}

type News = { actor: Actor; input: OneMember; group: GroupRow; type: string };

async function tellAndShow(deps: KnowledgeDeps, tx: TenantTx, news: News): Promise<Group> {
  const { actor, input, group, type } = news;
  await deps.events.announce(tx, actor, {
    type,
    subject_type: 'group',
    subject_id: group.id,
    workspace_id: group.workspace_id,
    details: { name: group.name, member_id: input.member_id, collection_ids: group.collection_ids },
  });
  return presentGroup(await requireGroup(tx, actor, input));
}
