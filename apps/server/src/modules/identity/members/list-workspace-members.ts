// Listing who has a role in a workspace.
import type { workspaceMember } from '@insula/contract/members';
import { tenancyProblem } from '@insula/contract/tenancy';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import { hasWorkspace } from '../gate/store.ts';
import type { PeopleDeps } from '../rights/people-deps.ts';
import { listWorkspaceMembers as readMembers, type WorkspaceMemberRow } from './store.ts';

export type WorkspaceMember = z.infer<typeof workspaceMember>;

/** A page of members with their role there; throws `workspace_not_found`. */
export async function listWorkspaceMembers(
  deps: Pick<PeopleDeps, 'db'>,
  actor: Actor,
  input: { workspace_id: string; limit: number; cursor?: string | undefined },
): Promise<{ data: WorkspaceMember[]; next_cursor: string | null }> {
  const { workspace_id: workspaceId, limit } = input;
  const organizationId = actor.organization_id;
  const before = idOfCursor(input.cursor);
  return deps.db.as(actor, async (tx) => {
    if (!(await hasWorkspace(tx, { organizationId, workspaceId })))
      throw tenancyProblem('workspace_not_found');
    const rows = await readMembers(tx, { organizationId, workspaceId, limit, before });
    return pageOf(
      rows.map((row) => ({ ...row, id: row.member_id })),
      limit,
      presentWorkspaceMember,
    );
  });
}

/** Presents a row, with moments as text. */
export function presentWorkspaceMember(row: WorkspaceMemberRow): WorkspaceMember {
  return {
    workspace_id: row.workspace_id,
    member_id: row.member_id,
    email: row.email,
    name: row.name,
    status: row.status as WorkspaceMember['status'],
    role: row.role as WorkspaceMember['role'],
    created_at: row.created_at.toISOString(),
  };
}
