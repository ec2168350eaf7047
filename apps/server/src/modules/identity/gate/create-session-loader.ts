// A session with the account behind it, and whether it is alive: not ended, not too old, not idle, and not older than the
// account's password. Remembered until anything in its organization changes.
import { systemActor } from '../../../platform/actor.ts';
import { createTenantCache } from '../../../platform/cache/create-tenant-cache.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Database } from '../../../platform/db/create-database.ts';
import { findAccount } from '../accounts/store.ts';
import type { UseNotes } from './create-use-notes.ts';
import { findSession, type SessionRow } from './store.ts';

export type SessionRecord = {
  session: SessionRow;
  account:
    | { account_id: string; status: string; platform_admin: boolean; password_changed_at: Date | null }
    | undefined;
};
type At = { organizationId: string; sessionId: string };

/** Makes the loader of sessions that are alive. */
export function createSessionLoader(deps: { db: Database; clock: Clock; uses: UseNotes; idleMs: number }) {
  const { db, clock, uses, idleMs } = deps;
  const cache = createTenantCache<{ record: SessionRecord | undefined }>({
    invalidation: db.invalidation,
    max: 50_000,
  });

  async function read({ organizationId, sessionId }: At): Promise<SessionRecord | undefined> {
    const row = await db.as(systemActor(organizationId), (tx) =>
      findSession(tx, { organizationId, sessionId }),
    );
    if (!row) return undefined;
    const { account_id: accountId, ...session } = row;
    if (accountId === null) return { session, account: undefined };
    const account = await db.asPlatform(null, (tx) => findAccount(tx, accountId));
    if (!account) return undefined;
    const { account_id, status, platform_admin, password_changed_at } = account;
    return { session, account: { account_id, status, platform_admin, password_changed_at } };
  }

  /** The session if it is alive at this moment, undefined otherwise. */
  return async (at: At): Promise<SessionRecord | undefined> => {
    const { record } = await cache.load(at.organizationId, at.sessionId, async () => ({
      record: await read(at),
    }));
    if (!record || !holds(record, clock.now())) return undefined;
    const seenAt = Math.max(record.session.last_seen_at.getTime(), uses.lastNoted(at.sessionId) ?? 0);
    if (clock.now() - seenAt < idleMs) return record;
    // Another server may have seen it since: being seen is written down without telling anybody.
    const current = await read(at);
    if (!current || !holds(current, clock.now())) return undefined;
    return clock.now() - current.session.last_seen_at.getTime() < idleMs ? current : undefined;
  };
}

function holds({ session, account }: SessionRecord, nowMs: number): boolean {
  if (session.ended_at !== null || session.expires_at.getTime() <= nowMs) return false;
  if (!account) return true;
  if (account.status !== 'active') return false;
  return session.confirmed_at.getTime() >= (account.password_changed_at?.getTime() ?? 0);
}
