// Access tokens: short-lived JWTs that say who asks. They are believed only for their signature; whether the session is
// still alive and what the member may do now is decided elsewhere, from the session's record.
import { hash } from 'node:crypto';
import { problem } from '@insula/contract';
import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { createLru } from '../../../platform/cache/create-lru.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Signer } from '../../../platform/keys/index.ts';

const ACCESS_TOKEN_SECONDS = 3_600;
/** How far the clocks of two servers may be apart. */
const SKEW_SECONDS = 5;
const LENGTH_MAX = 8_192;

const claims = z.object({
  sub: z.guid().toLowerCase(),
  tid: z.guid().toLowerCase(),
  sid: z.guid().toLowerCase(),
  exp: z.int(),
});
export type AccessClaims = z.infer<typeof claims>;
export type NewAccessToken = {
  memberId: string;
  organizationId: string;
  sessionId: string;
  role: string;
  permissions: string[];
  /** No token outlives its session (milliseconds since the epoch). */
  sessionEndsAt: number;
};

/** Signs and verifies access tokens with the installation's key; what was verified once is remembered by its hash. */
export function createAccessTokens(deps: { signer: Signer; issuer: string; clock: Clock }) {
  const { signer, issuer, clock } = deps;
  const verified = createLru<AccessClaims>(50_000);
  const nowSeconds = () => Math.floor(clock.now() / 1_000);

  async function sign(given: NewAccessToken): Promise<{ token: string; expiresInSeconds: number }> {
    const now = nowSeconds();
    const expires = Math.min(now + ACCESS_TOKEN_SECONDS, Math.floor(given.sessionEndsAt / 1_000));
    const { memberId: sub, organizationId: tid, sessionId: sid, role, permissions } = given;
    const token = await new SignJWT({ tid, role, permissions, sid })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid: signer.kid })
      .setIssuer(issuer)
      .setSubject(sub)
      .setIssuedAt(now)
      .setExpirationTime(expires)
      .sign(signer.privateKey);
    return { token, expiresInSeconds: expires - now };
  }

  async function check(token: string, digest: string): Promise<AccessClaims> {
    try {
      assertOwnHeader(token, signer.kid);
      const { payload } = await jwtVerify(token, signer.publicKey, {
        algorithms: ['EdDSA'],
        typ: 'JWT',
        issuer,
        clockTolerance: SKEW_SECONDS,
        maxTokenAge: ACCESS_TOKEN_SECONDS,
        currentDate: new Date(clock.now()),
      });
      const read = claims.parse(payload);
      verified.set(digest, read);
      return read;
    } catch (cause) {
      throw problem('unauthenticated', {}, cause);
    }
  }

  /** The claims of a token of ours that holds now; at once when it was seen before. Throws `unauthenticated`. */
  function verify(token: string): AccessClaims | Promise<AccessClaims> {
    if (token.length > LENGTH_MAX) throw problem('unauthenticated');
    const digest = hash('sha256', token, 'base64');
    const known = verified.get(digest);
    if (!known) return check(token, digest);
    if (known.exp + SKEW_SECONDS <= nowSeconds()) throw problem('unauthenticated');
    return known;
  }

  return { sign, verify };
}

/** Nothing in the header is a choice: no algorithm, key, address of a key or extension but our own. */
function assertOwnHeader(token: string, kid: string): void {
  const header = decodeProtectedHeader(token);
  const own = header.alg === 'EdDSA' && header.typ === 'JWT' && header.kid === kid;
  if (!own || Object.keys(header).length !== 3) throw new Error('The header of the token is not ours.');
}
