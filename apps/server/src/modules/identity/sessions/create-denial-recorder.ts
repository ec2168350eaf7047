// Every sign-in that was denied is recorded: in the trail of the organization it was meant for when the account belongs
// there, otherwise in the platform's. What somebody typed that is no account is never written down; it may be a password.

import { type Actor, PLATFORM_ORGANIZATION } from '../../../platform/actor.ts';
import { createLru } from '../../../platform/cache/create-lru.ts';
import type { AccountRow, MembershipHint } from '../accounts/store.ts';
import type { IdentityDeps } from '../create-identity.ts';

export type Denial = {
  reason:
    | 'unknown_account'
    | 'password'
    | 'delayed'
    | 'account_suspended'
    | 'organization'
    | 'organization_suspended'
    | 'member_suspended'
    | 'no_organization'
    | 'organization_needed';
  email: string;
  account: AccountRow | undefined;
  hints: MembershipHint[];
  /** The organization named by the request, id or slug. */
  named: string | undefined;
  ip: string;
  requestId: string | undefined;
};
type Deps = Pick<IdentityDeps, 'db' | 'events' | 'clock'>;

const MINUTE_MS = 60_000;

/** Makes the recorder. Attempts that were only delayed are told once a minute for each address and account, so that a flood does not fill the trail. */
export function createDenialRecorder(deps: Deps): (denial: Denial) => Promise<void> {
  const told = createLru<number>(10_000);

  return async (denial) => {
    if (denial.reason === 'delayed') {
      const key = `${denial.ip} ${denial.account?.account_id}`;
      const now = deps.clock.now();
      if (now - (told.get(key) ?? Number.NEGATIVE_INFINITY) < MINUTE_MS) return;
      told.set(key, now);
    }
    await announceDenial(deps, denial);
  };
}

async function announceDenial(deps: Deps, denial: Denial): Promise<void> {
  const { account, reason, hints, named } = denial;
  const meant =
    named === undefined
      ? hints.length === 1 && hints[0]
      : hints.find((hint) => isNamed(hint, named.toLowerCase()));
  const actor: Actor = {
    kind: 'anonymous',
    id: null,
    name: account?.email ?? 'unknown',
    organization_id: meant ? meant.organization_id : PLATFORM_ORGANIZATION,
    workspaces: [],
    permissions: new Set(),
    ip: denial.ip,
    ...(denial.requestId ? { request_id: denial.requestId } : {}),
  };
  const event = {
    type: 'sign_in.denied',
    subject_type: 'account',
    subject_id: account?.account_id ?? 'unknown',
    details: { reason, method: 'password', ...(account ? { email: account.email } : {}) },
  };
  if (meant) await deps.db.as(actor, (tx) => deps.events.announce(tx, actor, event));
  else await deps.db.asPlatform(null, (tx) => deps.events.announceOnPlatform(tx, actor, event));
}

/** Whether the organization is the one meant by an id or a slug in lower case. */
export function isNamed(hint: Pick<MembershipHint, 'organization_id' | 'slug'>, named: string): boolean {
  return hint.organization_id === named || hint.slug === named;
}
