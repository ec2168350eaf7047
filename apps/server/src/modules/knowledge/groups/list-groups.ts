// Reading groups and their people.
import { accessProblem } from '@insula/contract/collection-access';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { type Group, type GroupMember, presentGroup, presentGroupMember } from './present-group.ts';
import {
  findGroup,
  type GroupMemberRow,
  type GroupRow,
  listGroups as readGroups,
  listGroupMembers as readMembers,
} from './store.ts';

export type OneGroup = { workspace_id: string; group_id: string };
type Page = { limit: number; cursor?: string | undefined };

/** A page of groups, newest first; throws `workspace_not_found`. */
export async function listGroups(
  deps: KnowledgeDeps,
  actor: Actor,
  input: Page & { workspace_id: string },
): Promise<{ data: Group[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  return deps.db.as(actor, async (tx) => {
    const place = { organizationId: actor.organization_id, workspaceId: input.workspace_id };
    await deps.tenancy.requireWorkspace(tx, place);
    const rows = await readGroups(tx, place, { limit: input.limit, before });
    return pageOf(rows, input.limit, (row) => presentGroup(row as GroupRow));
  });
}

/** One group; throws `group_not_found`. */
export async function getGroup(deps: KnowledgeDeps, actor: Actor, input: OneGroup): Promise<Group> {
  return deps.db.as(actor, async (tx) => presentGroup(await requireGroup(tx, actor, input)));
}

/** A page of a group's people, newest members first; throws `group_not_found`. */
export async function listGroupMembers(
  deps: KnowledgeDeps,
  actor: Actor,
  input: OneGroup & Page,
): Promise<{ data: GroupMember[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  return deps.db.as(actor, async (tx) => {
    const { id } = await requireGroup(tx, actor, input);
    const group = { organizationId: actor.organization_id, id };
    const rows = await readMembers(tx, group, { limit: input.limit, before });
    return pageOf(rows, input.limit, (row) => presentGroupMember(row as GroupMemberRow));
  });
}

/** The group as it is in the transaction; throws `group_not_found`. */
export async function requireGroup(tx: TenantTx, actor: Actor, input: OneGroup): Promise<GroupRow> {
  const found = await findGroup(tx, {
    organizationId: actor.organization_id,
    workspaceId: input.workspace_id,
    id: input.group_id,
  });
  if (!found) throw accessProblem('group_not_found');
  return found;
}
