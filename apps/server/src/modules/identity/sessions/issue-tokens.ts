// The answer of every way of signing in: a pair of tokens, and who is signed in where.
import type { signedIn } from '@insula/contract/identity';
import type { z } from 'zod';
import type { Identity } from '../create-identity.ts';
import { actorOfMember } from '../gate/authenticate-person.ts';
import type { MemberRecord } from '../gate/create-member-loader.ts';

export type SignedIn = z.infer<typeof signedIn>;
type Deps = Pick<Identity, 'accessTokens' | 'refreshTokens' | 'directory'>;

/** Signs the pair of tokens for a generation of a session. */
export async function issueTokens(
  deps: Deps,
  member: MemberRecord,
  session: { id: string; generation: number; seed: Buffer; endsAt: Date; platformAdmin: boolean },
): Promise<SignedIn> {
  const { organization_id: organizationId, id: memberId, email, name, role } = member;
  const { permissions } = actorOfMember(member, session.platformAdmin);
  const access = await deps.accessTokens.sign({
    memberId,
    organizationId,
    sessionId: session.id,
    role,
    permissions: [...permissions],
    sessionEndsAt: session.endsAt.getTime(),
  });
  const claim = { organizationId, sessionId: session.id, generation: session.generation };
  const organization = await deps.directory.getEntry(organizationId);
  return {
    access_token: access.token,
    token_type: 'Bearer',
    expires_in: access.expiresInSeconds,
    refresh_token: deps.refreshTokens.make(claim, session.seed),
    organization: { id: organizationId, slug: organization.slug, name: organization.name },
    user: { id: memberId, email, name, role },
  };
}
