// Queries on invitations.
import { type Kysely, sql } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { PeopleTables, PlacedRole } from '../rights/tables.ts';

export type InvitationRow = {
  id: string;
  email: string;
  role: string;
  workspace_roles: PlacedRole[];
  invited_by: string | null;
  expires_at: Date;
  created_at: Date;
};
/** An invitation is open when nobody has accepted it and it has not expired at `now`. */
type Open = { organizationId: string; now: Date };

const columns = ['id', 'email', 'role', 'workspace_roles', 'invited_by', 'expires_at', 'created_at'] as const;
const on = (tx: TenantTx) => tx.$extendTables<PeopleTables>() as unknown as Kysely<PeopleTables>;
const openOnes = (tx: TenantTx, at: Open) =>
  on(tx)
    .selectFrom('invitations')
    .where('organization_id', '=', at.organizationId)
    .where('accepted_at', 'is', null)
    .where('expires_at', '>', at.now);

/** An open invitation by id. */
export async function findOpenInvitation(
  tx: TenantTx,
  at: Open & { invitationId: string },
): Promise<InvitationRow | undefined> {
  return openOnes(tx, at).select(columns).where('id', '=', at.invitationId).executeTakeFirst();
}

/** An open invitation by the SHA-256 of its token. */
export async function findInvitationByToken(
  tx: TenantTx,
  at: Open & { tokenHash: Buffer },
): Promise<InvitationRow | undefined> {
  return openOnes(tx, at).select(columns).where('token_hash', '=', at.tokenHash).executeTakeFirst();
}

/** An open invitation by address. */
export async function findInvitationByEmail(
  tx: TenantTx,
  at: Open & { email: string },
): Promise<InvitationRow | undefined> {
  return openOnes(tx, at)
    .select(columns)
    .where(sql`lower(email)`, '=', at.email.toLowerCase())
    .executeTakeFirst();
}

/** A page of open invitations, newest first; reads one more than `limit`. */
export async function listOpenInvitations(
  tx: TenantTx,
  page: Open & { limit: number; before: string | undefined },
): Promise<InvitationRow[]> {
  let query = openOnes(tx, page).select(columns);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}

/** How many invitations are open. */
export async function countOpenInvitations(tx: TenantTx, at: Open): Promise<number> {
  const row = await openOnes(tx, at).select(sql<number>`count(*)::int`.as('n')).executeTakeFirstOrThrow();
  return row.n;
}

/** Adds an invitation. */
export async function addInvitation(
  tx: TenantTx,
  row: InvitationRow & { organization_id: string; token_hash: Buffer },
): Promise<void> {
  await on(tx)
    .insertInto('invitations')
    .values({ ...row, workspace_roles: JSON.stringify(row.workspace_roles), accepted_at: null })
    .execute();
}

/** Uses an invitation up, if it is still open; undefined when somebody else was faster, or it was withdrawn or expired. */
export async function takeInvitation(
  tx: TenantTx,
  at: Open & { tokenHash: Buffer },
): Promise<InvitationRow | undefined> {
  return on(tx)
    .updateTable('invitations')
    .set({ accepted_at: at.now })
    .where('organization_id', '=', at.organizationId)
    .where('token_hash', '=', at.tokenHash)
    .where('accepted_at', 'is', null)
    .where('expires_at', '>', at.now)
    .returning(columns)
    .executeTakeFirst();
}
