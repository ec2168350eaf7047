// Queries on sessions. Every one names the organization, and the door holds it to that.
import type { Kysely } from 'kysely';
import type { TenantTx } from '../../../platform/db/door.ts';
import type { IdentityTables } from '../tables.ts';

export type SessionRow = IdentityTables['sessions'];
export type ShownSession = Omit<
  SessionRow,
  'refresh_seed' | 'refresh_generation' | 'refreshed_at' | 'confirmed_at'
>;
type At = { organizationId: string; sessionId: string };

const shown = [
  'organization_id',
  'id',
  'member_id',
  'method',
  'ip',
  'user_agent',
  'created_at',
  'last_seen_at',
  'expires_at',
  'ended_at',
  'end_reason',
] as const;
const columns = [...shown, 'refresh_seed', 'refresh_generation', 'refreshed_at', 'confirmed_at'] as const;
const on = (tx: TenantTx) => tx.$extendTables<IdentityTables>() as unknown as Kysely<IdentityTables>;

/** Adds a session at generation 0 of its refresh token. */
export async function addSession(
  tx: TenantTx,
  row: Omit<SessionRow, 'refresh_generation' | 'refreshed_at' | 'ended_at' | 'end_reason'>,
): Promise<void> {
  await on(tx)
    .insertInto('sessions')
    .values({ ...row, refresh_generation: 0 })
    .execute();
}

/** One session, locked until the end of the transaction. */
export async function lockSession(tx: TenantTx, at: At): Promise<SessionRow | undefined> {
  return on(tx)
    .selectFrom('sessions')
    .select(columns)
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.sessionId)
    .forUpdate()
    .executeTakeFirst();
}

/** Goes on to the next generation of the refresh token if `from` is still the current one. */
export async function advanceGeneration(
  tx: TenantTx,
  at: At,
  step: { from: number; at: Date },
): Promise<boolean> {
  const done = await on(tx)
    .updateTable('sessions')
    .set({ refresh_generation: step.from + 1, refreshed_at: step.at, last_seen_at: step.at })
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.sessionId)
    .where('refresh_generation', '=', step.from)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Ends a session that was not ended yet; of one member only when `memberId` is given. The session, or undefined. */
export async function endSession(
  tx: TenantTx,
  at: At & { memberId?: string | undefined },
  end: { at: Date; reason: string },
): Promise<ShownSession | undefined> {
  let query = on(tx)
    .updateTable('sessions')
    .set({ ended_at: end.at, end_reason: end.reason })
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.sessionId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', end.at);
  if (at.memberId !== undefined) query = query.where('member_id', '=', at.memberId);
  return query.returning(shown).executeTakeFirst();
}

/** Ends all open sessions of the member that an account is, but `except`; answers how many, or undefined when it is none. */
export async function endSessionsOfAccount(
  tx: TenantTx,
  of: { organizationId: string; accountId: string; except: string },
  end: { at: Date; reason: string },
): Promise<{ memberId: string; count: number } | undefined> {
  const member = await on(tx)
    .selectFrom('members')
    .select('id')
    .where('organization_id', '=', of.organizationId)
    .where('account_id', '=', of.accountId)
    .executeTakeFirst();
  if (!member) return undefined;
  const done = await on(tx)
    .updateTable('sessions')
    .set({ ended_at: end.at, end_reason: end.reason })
    .where('organization_id', '=', of.organizationId)
    .where('member_id', '=', member.id)
    .where('id', '!=', of.except)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return { memberId: member.id, count: Number(done.numUpdatedRows) };
}

/** Writes down that the person proved the password again in this session. */
export async function confirmSession(tx: TenantTx, at: At, moment: Date): Promise<void> {
  await on(tx)
    .updateTable('sessions')
    .set({ confirmed_at: moment })
    .where('organization_id', '=', at.organizationId)
    .where('id', '=', at.sessionId)
    .execute();
}

/** A page of a member's sessions that are open at `now` and were seen since `seenAfter`, newest first; reads one more than `limit`. */
export async function listOpenSessions(
  tx: TenantTx,
  page: {
    organizationId: string;
    memberId: string;
    limit: number;
    before: string | undefined;
    now: Date;
    seenAfter: Date;
  },
): Promise<ShownSession[]> {
  let query = on(tx)
    .selectFrom('sessions')
    .select(shown)
    .where('organization_id', '=', page.organizationId)
    .where('member_id', '=', page.memberId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', page.now)
    .where('last_seen_at', '>', page.seenAfter);
  if (page.before !== undefined) query = query.where('id', '<', page.before);
  return query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
}
