// Queries on accounts and on attempts to sign in, in the platform's tables.
import { type Kysely, sql } from 'kysely';
import type { PlatformTx } from '../../../platform/db/door.ts';
import { CHANNEL } from '../../../platform/db/invalidation.ts';
import type { AccountTables } from '../tables.ts';

export type AccountRow = {
  account_id: string;
  email: string;
  name: string;
  password_hash: string | null;
  platform_admin: boolean;
  status: string;
  password_changed_at: Date | null;
};
export type MembershipHint = { organization_id: string; slug: string; name: string; status: string };
export type AttemptRow = { subject: string; failures: number; blocked_until: Date; updated_at: Date };

const columns = [
  'account_id',
  'email',
  'name',
  'password_hash',
  'platform_admin',
  'status',
  'password_changed_at',
] as const;
const on = (tx: PlatformTx) => tx.$extendTables<AccountTables>() as unknown as Kysely<AccountTables>;

/** The account with this address (any case). */
export async function findAccountByEmail(tx: PlatformTx, email: string): Promise<AccountRow | undefined> {
  return on(tx)
    .selectFrom('accounts')
    .select(columns)
    .where((e) => e.fn<string>('lower', ['email']), '=', email.toLowerCase())
    .executeTakeFirst();
}

/** The account with this id, if there is one. */
export async function findAccount(tx: PlatformTx, accountId: string): Promise<AccountRow | undefined> {
  return on(tx).selectFrom('accounts').select(columns).where('account_id', '=', accountId).executeTakeFirst();
}

/** Adds an account; undefined when the address is taken. */
export async function addAccount(
  tx: PlatformTx,
  row: Omit<AccountRow, 'status'>,
): Promise<AccountRow | undefined> {
  return on(tx)
    .insertInto('accounts')
    .values(row)
    .onConflict((c) => c.doNothing())
    .returning(columns)
    .executeTakeFirst();
}

/** Replaces a password if it is still the one that was checked; false when somebody changed it meanwhile. */
export async function changePasswordHash(
  tx: PlatformTx,
  change: { accountId: string; from: string | null; to: string; at: Date },
): Promise<boolean> {
  const done = await on(tx)
    .updateTable('accounts')
    .set({ password_hash: change.to, password_changed_at: change.at })
    .where('account_id', '=', change.accountId)
    .where('password_hash', 'is not distinct from', change.from)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Makes an account a platform admin. */
export async function promoteAccount(tx: PlatformTx, accountId: string): Promise<void> {
  await on(tx)
    .updateTable('accounts')
    .set({ platform_admin: true })
    .where('account_id', '=', accountId)
    .execute();
}

/** The organizations in which to look for the account, by name; the member row there decides. */
export async function listMembershipHints(tx: PlatformTx, accountId: string): Promise<MembershipHint[]> {
  return on(tx)
    .selectFrom('account_memberships')
    .innerJoin('organizations', 'organizations.organization_id', 'account_memberships.organization_id')
    .select([
      'organizations.organization_id',
      'organizations.slug',
      'organizations.name',
      'organizations.status',
    ])
    .where('account_memberships.account_id', '=', accountId)
    .where('organizations.status', 'in', ['active', 'suspended'])
    .orderBy('organizations.name')
    .limit(200)
    .execute();
}

/** Remembers that the account is to be looked for in the organization. */
export async function addMembershipHint(
  tx: PlatformTx,
  hint: { accountId: string; organizationId: string },
): Promise<void> {
  await on(tx)
    .insertInto('account_memberships')
    .values({ account_id: hint.accountId, organization_id: hint.organizationId })
    .onConflict((c) => c.doNothing())
    .execute();
}

/** Tells every server that something about the account changed, in each organization it belongs to. */
export async function notifyMemberships(tx: PlatformTx, accountId: string): Promise<void> {
  await sql`select pg_notify(${CHANNEL}, organization_id::text) from account_memberships where account_id = ${accountId}`.execute(
    tx,
  );
}

/** Which of the subjects are known, without waiting for anybody. */
export async function listAttempts(tx: PlatformTx, subjects: string[]): Promise<AttemptRow[]> {
  return on(tx)
    .selectFrom('sign_in_failures')
    .select(['subject', 'failures', 'blocked_until', 'updated_at'])
    .where('subject', 'in', subjects)
    .execute();
}

/** The counter of a subject, made if it is missing and locked until the end of the transaction; one statement, because a counter may be forgotten between two. */
export async function lockAttempts(
  tx: PlatformTx,
  subject: string,
  fresh: { at: Date; blockedUntil: Date },
): Promise<AttemptRow> {
  return on(tx)
    .insertInto('sign_in_failures')
    .values({ subject, failures: 0, blocked_until: fresh.blockedUntil, updated_at: fresh.at })
    .onConflict((c) => c.column('subject').doUpdateSet((e) => ({ subject: e.ref('excluded.subject') })))
    .returning(['subject', 'failures', 'blocked_until', 'updated_at'])
    .executeTakeFirstOrThrow();
}

/** Writes a counter that is locked, or starts one. */
export async function writeAttempts(tx: PlatformTx, row: AttemptRow): Promise<void> {
  const { failures, blocked_until, updated_at } = row;
  await on(tx)
    .insertInto('sign_in_failures')
    .values(row)
    .onConflict((c) => c.column('subject').doUpdateSet({ failures, blocked_until, updated_at }))
    .execute();
}

/** Takes one attempt back that was proved right; `blockedUntil` holds from then on. */
export async function forgiveAttempt(tx: PlatformTx, subject: string, blockedUntil: Date): Promise<void> {
  await on(tx)
    .updateTable('sign_in_failures')
    .set((e) => ({
      failures: e.fn<number>('greatest', [sql`failures - 1`, sql`0`]),
      blocked_until: blockedUntil,
    }))
    .where('subject', '=', subject)
    .execute();
}

/** Forgets a counter. */
export async function removeAttempts(tx: PlatformTx, subject: string): Promise<void> {
  await on(tx).deleteFrom('sign_in_failures').where('subject', '=', subject).execute();
}

/** Forgets a few counters that nobody touched since `before`, so that the table stays small by itself. */
export async function removeStaleAttempts(tx: PlatformTx, before: Date): Promise<void> {
  await sql`delete from sign_in_failures where subject in
    (select subject from sign_in_failures where updated_at < ${before} order by updated_at limit 20 for update skip locked)`.execute(
    tx,
  );
}
