// Signing in with e-mail and password.
import type { Identity } from '../create-identity.ts';
import { chooseMember } from './choose-member.ts';
import type { Denial } from './create-denial-recorder.ts';
import type { SignedIn } from './issue-tokens.ts';
import { type Origin, openSession } from './open-session.ts';
import { proveAccount } from './prove-account.ts';

export type SignIn = { email: string; password: string; named: string | undefined };

/** Proves the account, chooses the organization and opens a session there; each refusal is recorded. */
export async function signIn(identity: Identity, input: SignIn, from: Origin): Promise<SignedIn> {
  const { email, named } = input;
  const { ip, requestId } = from;
  const proven = await proveAccount(identity, { ...input, ip, requestId });
  const deny = (reason: Denial['reason']) =>
    identity.recordDenial({ ...proven, reason, email, named, ip, requestId });
  const member = await chooseMember(identity, { ...proven, named }, deny);
  const { organization_id: organizationId, id: memberId } = member;
  return openSession(identity, { organizationId, memberId, account: proven.account }, from);
}
