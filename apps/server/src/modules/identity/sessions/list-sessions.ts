// Listing the open sessions of a member.
import type { session } from '@insula/contract/identity';
import { memberProblem } from '@insula/contract/members';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import type { Identity } from '../create-identity.ts';
import { findMember } from '../gate/store.ts';
import { listOpenSessions, type ShownSession } from './store.ts';

export type Session = z.infer<typeof session>;
type Page = { limit: number; cursor?: string | undefined };

/** A page of open sessions, newest first; throws `member_not_found`. */
export async function listSessions(
  deps: Pick<Identity, 'db' | 'clock' | 'idleMs'>,
  actor: Actor,
  input: Page & { memberId: string },
): Promise<{ data: Session[]; next_cursor: string | null }> {
  const before = idOfCursor(input.cursor);
  const { limit, memberId } = input;
  const at = { organizationId: actor.organization_id, memberId };
  const nowMs = deps.clock.now();
  return deps.db.as(actor, async (tx) => {
    if (!(await findMember(tx, at))) throw memberProblem('member_not_found');
    const moments = { now: new Date(nowMs), seenAfter: new Date(nowMs - deps.idleMs) };
    const rows = await listOpenSessions(tx, { ...at, ...moments, limit, before });
    return pageOf(rows, limit, (row) => presentSession(row, actor.session_id));
  });
}

function presentSession(row: ShownSession, current: string | undefined): Session {
  return {
    id: row.id,
    member_id: row.member_id,
    method: row.method,
    ip: row.ip,
    user_agent: row.user_agent,
    created_at: row.created_at.toISOString(),
    last_seen_at: row.last_seen_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    current: row.id === current,
  };
}
