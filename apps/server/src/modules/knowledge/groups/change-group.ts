// Making, renaming and deleting groups of people of a workspace.
import { accessProblem } from '@insula/contract/collection-access';
import type { Actor } from '../../../platform/actor.ts';
import { newId } from '../../../platform/ids.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { type OneGroup, requireGroup } from './list-groups.ts';
import { type Group, presentGroup } from './present-group.ts';
import { addGroup, countGroups, deleteGroup, isNameTaken, renameGroup } from './store.ts';

const GROUPS_MAX = 500;

/** Makes an empty group and announces `group.created`; throws `group_name_taken`, `too_many_groups`, `workspace_not_found`. */
export async function createGroup(
  deps: KnowledgeDeps,
  actor: Actor,
  input: { workspace_id: string; name: string },
): Promise<Group> {
  const { workspace_id, name } = input;
  const organization_id = actor.organization_id;
  const id = newId(deps.clock.now());
  return deps.db.as(actor, async (tx) => {
    const place = { organizationId: organization_id, workspaceId: workspace_id };
    await deps.tenancy.requireWorkspace(tx, place);
    if ((await countGroups(tx, place)) >= GROUPS_MAX)
      throw accessProblem('too_many_groups', { limit: GROUPS_MAX });
    if (!(await addGroup(tx, { organization_id, id, workspace_id, name })))
      throw accessProblem('group_name_taken', { name });
    await deps.events.announce(tx, actor, {
      type: 'group.created',
      subject_type: 'group',
      subject_id: id,
      workspace_id,
      details: { name },
    });
    return presentGroup(await requireGroup(tx, actor, { workspace_id, group_id: id }));
  });
}

/** Renames a group and announces `group.changed`; throws `group_not_found`, `group_name_taken`. */
export async function changeGroup(
  deps: KnowledgeDeps,
  actor: Actor,
  input: OneGroup & { name: string },
): Promise<Group> {
  const { workspace_id, group_id: id, name } = input;
  return deps.db.as(actor, async (tx) => {
    const before = await requireGroup(tx, actor, input);
    const place = { organizationId: actor.organization_id, workspaceId: workspace_id };
    if (await isNameTaken(tx, place, { id, name })) throw accessProblem('group_name_taken', { name });
    await renameGroup(tx, place, { id, name });
    await deps.events.announce(tx, actor, {
      type: 'group.changed',
      subject_type: 'group',
      subject_id: id,
      workspace_id,
      details: { before: before.name, name },
    });
    return presentGroup({ ...before, name });
  });
}

/** Deletes a group and announces `group.removed`: its people see what is for everyone, and what other groups open to them. */
export async function removeGroup(
  deps: KnowledgeDeps,
  actor: Actor,
  input: OneGroup,
): Promise<{ id: string; deleted: true }> {
  return deps.db.as(actor, async (tx) => {
    const { id, workspace_id, name, members, collection_ids } = await requireGroup(tx, actor, input);
    await deleteGroup(tx, { organizationId: actor.organization_id, workspaceId: workspace_id, id });
    await deps.events.announce(tx, actor, {
      type: 'group.removed',
      subject_type: 'group',
      subject_id: id,
      workspace_id,
      details: { name, members, collection_ids },
    });
    return { id, deleted: true };
  });
}
