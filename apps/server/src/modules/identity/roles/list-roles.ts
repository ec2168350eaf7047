// Listing roles: an organization's own, newest first, and then the fixed ones.
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { PeopleDeps } from '../rights/people-deps.ts';
import { fixedRoleList, presentRole, type Role } from './present-role.ts';
import { listRoles as readRoles } from './store.ts';

/** A page of roles, with the fixed ones at the end. */
export async function listRoles(
  deps: Pick<PeopleDeps, 'db'>,
  actor: Actor,
  input: { limit: number; cursor?: string | undefined },
): Promise<{ data: Role[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  const own = await deps.db.as(actor, (tx) =>
    readRoles(tx, { organizationId: actor.organization_id, limit: input.limit, before }),
  );
  const fixed = fixedRoleList.filter((role) => before === undefined || role.id < before);
  return pageOf([...own.map(presentRole), ...fixed], input.limit, (role) => role);
}
