// Listing members, narrowed by role, status or the beginning of an address.
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { PeopleDeps } from '../rights/people-deps.ts';
import { readWorkspaceRoles } from '../rights/store.ts';
import { type Member, presentMember } from './present-member.ts';
import { listMembers as readMembers } from './store.ts';

/** A page of members, newest first. */
export async function listMembers(
  deps: Pick<PeopleDeps, 'db'>,
  actor: Actor,
  input: {
    limit: number;
    cursor?: string | undefined;
    role?: string | undefined;
    status?: string | undefined;
    search?: string | undefined;
  },
): Promise<{ data: Member[]; next_cursor: string | null }> {
  const { limit, role, status, search } = input;
  const organizationId = actor.organization_id;
  const before = idOfCursor(input.cursor);
  return deps.db.as(actor, async (tx) => {
    const rows = await readMembers(tx, { organizationId, limit, before, role, status, search });
    const placed = await readWorkspaceRoles(tx, { organizationId, memberIds: rows.map((row) => row.id) });
    return pageOf(rows, limit, (row) =>
      presentMember(
        row,
        placed.filter((one) => one.member_id === row.id),
      ),
    );
  });
}
