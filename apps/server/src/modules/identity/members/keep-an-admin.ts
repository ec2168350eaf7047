// An organization never loses its last active admin; asked under the lock that all changes to people take.
import { memberProblem } from '@insula/contract/members';
import type { TenantTx } from '../../../platform/db/door.ts';
import { countOtherAdmins, type MemberRow } from './store.ts';

/** Throws `last_admin` when `before` is an active admin, `after` is not, and there is no other. */
export async function keepAnAdmin(
  tx: TenantTx,
  at: {
    organizationId: string;
    before: MemberRow;
    after: Pick<MemberRow, 'role' | 'status'> | undefined;
  },
): Promise<void> {
  const { before, after } = at;
  if (!isActiveAdmin(before) || (after && isActiveAdmin(after))) return;
  const others = await countOtherAdmins(tx, { organizationId: at.organizationId, memberId: before.id });
  if (others === 0) throw memberProblem('last_admin');
}

const isActiveAdmin = (one: Pick<MemberRow, 'role' | 'status'>) =>
  one.role === 'admin' && one.status === 'active';
