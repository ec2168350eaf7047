// Changing a member's role, status or name: within the changer's own rights, and never the last admin's away.
import { memberProblem } from '@insula/contract/members';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { assertCovers, type Rights, rightsEverywhere } from '../rights/assert-covers.ts';
import { changePeople } from '../rights/change-people.ts';
import type { PeopleDeps } from '../rights/people-deps.ts';
import { findRolePermissions, readRights } from '../rights/read-rights.ts';
import { endSessions } from '../rights/store.ts';
import { withdrawExcess } from '../rights/withdraw-excess.ts';
import { getMember } from './get-member.ts';
import { keepAnAdmin } from './keep-an-admin.ts';
import type { Member } from './present-member.ts';
import { findMember, type MemberRow, updateMember } from './store.ts';

export type MemberChange = {
  member_id: string;
  role?: string | undefined;
  status?: 'active' | 'suspended' | undefined;
  name?: string | undefined;
};

/** Changes what is given and announces `member.changed`. A suspension ends the member's sessions; with either change the keys and invitations go that the member could not make any more. */
export async function changeMember(deps: PeopleDeps, actor: Actor, input: MemberChange): Promise<Member> {
  const at = { organizationId: actor.organization_id, memberId: input.member_id };
  await changePeople(deps, actor, async (tx, giver) => {
    const before = await findMember(tx, at);
    if (!before) throw memberProblem('member_not_found');
    const after = {
      role: input.role ?? before.role,
      status: input.status ?? before.status,
      name: input.name ?? before.name,
    };
    await assertMayChange(tx, { ...at, giver, before, after });
    if (after.status === 'suspended' && isSelf(actor, before)) throw memberProblem('own_suspension');
    await keepAnAdmin(tx, { organizationId: at.organizationId, before, after });
    await updateMember(tx, at, after);
    const now = deps.clock.now();
    const suspended = after.status === 'suspended' && before.status !== 'suspended';
    const sessions_ended = suspended
      ? await endSessions(tx, { ...at, at: new Date(now), reason: 'member_suspended' })
      : 0;
    const withdrawn = await withdrawExcess(tx, { ...at, memberIds: [before.id], nowMs: now });
    const { role, status, name } = before;
    await deps.events.announce(tx, actor, {
      type: 'member.changed',
      subject_type: 'member',
      subject_id: before.id,
      details: { email: before.email, before: { role, status, name }, after, sessions_ended, ...withdrawn },
    });
  });
  return getMember(deps, actor, input.member_id);
}

async function assertMayChange(
  tx: TenantTx,
  at: { organizationId: string; giver: Rights; before: MemberRow; after: { role: string } },
): Promise<void> {
  const { organizationId, giver, before, after } = at;
  const held = await readRights(tx, { organizationId, people: [before] });
  assertCovers(giver, held.get(before.id)!);
  if (after.role === before.role) return;
  const given = await findRolePermissions(tx, { organizationId, role: after.role });
  if (!given) throw memberProblem('role_unknown', { role: after.role });
  assertCovers(giver, rightsEverywhere(given));
}

/** Whether the actor is the person behind the member, also as an operator who visits. */
function isSelf(actor: Actor, row: MemberRow): boolean {
  if (actor.kind === 'member' && actor.id === row.id) return true;
  return actor.account_id !== undefined && actor.account_id === row.account_id;
}
