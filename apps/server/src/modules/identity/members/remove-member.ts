// Removing a member: sessions end and what the member handed out is withdrawn, in one transaction. The platform's note of
// where to look for the account goes afterwards: it decides nothing, and one that was renewed meanwhile stays.
import { memberProblem } from '@insula/contract/members';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { assertCovers, type Rights } from '../rights/assert-covers.ts';
import { changePeople } from '../rights/change-people.ts';
import type { PeopleDeps } from '../rights/people-deps.ts';
import { readRights } from '../rights/read-rights.ts';
import { endSessions } from '../rights/store.ts';
import { withdrawExcess } from '../rights/withdraw-excess.ts';
import { keepAnAdmin } from './keep-an-admin.ts';
import { deleteHint, deleteMember, findHintMoment, findMember } from './store.ts';

/** Removes the member and announces `member.removed`; throws `member_not_found`, `rights_exceeded`, `last_admin`. */
export async function removeMember(
  deps: PeopleDeps,
  actor: Actor,
  memberId: string,
): Promise<{ id: string; deleted: true }> {
  const hint = await findHint(deps, actor, memberId);
  await changePeople(deps, actor, (tx, giver) => takeOut(tx, { deps, actor, giver, memberId }));
  if (hint)
    await deps.db
      .asPlatform(null, (tx) => deleteHint(tx, hint))
      .catch((err: unknown) => deps.log.warn({ err }, 'a removed member is still noted in the directory'));
  return { id: memberId, deleted: true };
}

async function findHint(deps: PeopleDeps, actor: Actor, memberId: string) {
  const organizationId = actor.organization_id;
  const row = await deps.db.as(actor, (tx) => findMember(tx, { organizationId, memberId }));
  if (!row?.account_id) return undefined;
  const at = { organizationId, accountId: row.account_id };
  const moment = await deps.db.asPlatform(null, (tx) => findHintMoment(tx, at));
  return moment === undefined ? undefined : { ...at, moment };
}

async function takeOut(
  tx: TenantTx,
  by: { deps: PeopleDeps; actor: Actor; giver: Rights; memberId: string },
): Promise<void> {
  const { deps, actor, giver, memberId } = by;
  const organizationId = actor.organization_id;
  const at = { organizationId, memberId };
  const before = await findMember(tx, at);
  if (!before) throw memberProblem('member_not_found');
  const held = await readRights(tx, { organizationId, people: [before] });
  assertCovers(giver, held.get(memberId)!);
  await keepAnAdmin(tx, { organizationId, before, after: undefined });
  const nowMs = deps.clock.now();
  const sessions_ended = await endSessions(tx, { ...at, at: new Date(nowMs), reason: 'member_removed' });
  await deleteMember(tx, at);
  const withdrawn = await withdrawExcess(tx, { organizationId, memberIds: [memberId], nowMs });
  await deps.events.announce(tx, actor, {
    type: 'member.removed',
    subject_type: 'member',
    subject_id: memberId,
    details: { email: before.email, role: before.role, sessions_ended, ...withdrawn },
  });
}
