// Whether an e-mail address and a password belong together. The answer, and the time it takes, are the same for an address
// that has no account; each attempt is counted before it is judged, and a denied one is recorded.
import { identityProblem } from '@insula/contract/identity';
import { type Attempt, countAttempt, forgiveRightAttempt } from '../accounts/count-attempt.ts';
import { developmentLogin } from '../accounts/development-login.ts';
import {
  type AccountRow,
  findAccountByEmail,
  listMembershipHints,
  type MembershipHint,
} from '../accounts/store.ts';
import type { Identity } from '../create-identity.ts';
import type { Denial } from './create-denial-recorder.ts';

export type Proof = {
  email: string;
  password: string;
  ip: string;
  requestId?: string | undefined;
  /** The organization named, for the trail. */
  named?: string | undefined;
};
export type Proven = { account: AccountRow; hints: MembershipHint[] };
type Deps = Pick<
  Identity,
  'db' | 'events' | 'clock' | 'config' | 'passwords' | 'boundSignIns' | 'recordDenial'
>;

/** An id that no account has: what is asked of the database is the same for an unknown address. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** The account if the password is its own; throws `sign_in_failed`, `sign_in_delayed` or `account_suspended`. */
export async function proveAccount(deps: Deps, proof: Proof): Promise<Proven> {
  return deps.boundSignIns(async () => {
    const { attempt, account, hints } = await open(deps, proof);
    const deny = (reason: Denial['reason']) =>
      deps.recordDenial({
        reason,
        account,
        hints,
        email: proof.email,
        named: proof.named,
        ip: proof.ip,
        requestId: proof.requestId,
      });
    if (attempt.retryAfterSeconds > 0) {
      await deny('delayed');
      throw identityProblem('sign_in_delayed', { retry_after_seconds: attempt.retryAfterSeconds });
    }
    const right = await deps.passwords.isRight(account?.password_hash, proof.password);
    if (!account || !right || isKnownToAll(deps, proof.password)) {
      await deny(account ? 'password' : 'unknown_account');
      throw identityProblem('sign_in_failed');
    }
    const from = { email: proof.email, ip: proof.ip, nowMs: deps.clock.now() };
    await deps.db.asPlatform(null, (tx) => forgiveRightAttempt(tx, from, attempt));
    if (account.status !== 'active') {
      await deny('account_suspended');
      throw identityProblem('account_suspended');
    }
    return { account, hints };
  });
}

/** The password of the development login is in the documentation: it opens nothing anywhere else. */
function isKnownToAll(deps: Deps, password: string): boolean {
  return password === developmentLogin.password && !deps.config.devMode;
}

async function open(
  deps: Deps,
  proof: Proof,
): Promise<{ attempt: Attempt; account: AccountRow | undefined; hints: MembershipHint[] }> {
  const from = { email: proof.email, ip: proof.ip, nowMs: deps.clock.now() };
  return deps.db.asPlatform(null, async (tx) => {
    const attempt = await countAttempt(tx, from);
    const account = await findAccountByEmail(tx, proof.email);
    const hints = await listMembershipHints(tx, account?.account_id ?? NOBODY);
    return { attempt, account, hints };
  });
}
