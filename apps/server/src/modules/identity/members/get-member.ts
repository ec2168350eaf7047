// Reading one member.
import { memberProblem } from '@insula/contract/members';
import type { Actor } from '../../../platform/actor.ts';
import type { PeopleDeps } from '../rights/people-deps.ts';
import { readWorkspaceRoles } from '../rights/store.ts';
import { type Member, presentMember } from './present-member.ts';
import { findMember } from './store.ts';

/** The member; throws `member_not_found`. */
export async function getMember(
  deps: Pick<PeopleDeps, 'db'>,
  actor: Actor,
  memberId: string,
): Promise<Member> {
  const organizationId = actor.organization_id;
  return deps.db.as(actor, async (tx) => {
    const row = await findMember(tx, { organizationId, memberId });
    if (!row) throw memberProblem('member_not_found');
    return presentMember(row, await readWorkspaceRoles(tx, { organizationId, memberIds: [memberId] }));
  });
}
