// Refresh tokens: a MAC over session and generation, keyed by the installation and by a seed in the session's row. Neither
// a copy of the database nor the key alone makes one; and any earlier generation is recognised as such when it comes back.
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { packId, unpackId } from '../../../platform/ids.ts';
import type { Signer } from '../../../platform/keys/index.ts';

export type RefreshClaim = { organizationId: string; sessionId: string; generation: number };

const format = /^insula_refresh_([0-9A-Za-z]{22})([0-9A-Za-z]{22})_(0|[1-9]\d{0,8})_([A-Za-z0-9_-]{43})$/;

/** Makes and reads refresh tokens; their key is derived from the signing key. */
export function createRefreshTokens(signer: Pick<Signer, 'privateKey'>) {
  const secret = signer.privateKey.export({ format: 'der', type: 'pkcs8' });
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'insula refresh tokens 1', 32));

  function macOf(claim: RefreshClaim, seed: Buffer): Buffer {
    const text = `${claim.organizationId}\n${claim.sessionId}\n${claim.generation}\n`;
    return createHmac('sha256', key).update(text).update(seed).digest();
  }

  /** The token of a generation of a session. */
  function make(claim: RefreshClaim, seed: Buffer): string {
    const place = packId(claim.organizationId) + packId(claim.sessionId);
    return `insula_refresh_${place}_${claim.generation}_${macOf(claim, seed).toString('base64url')}`;
  }

  /** What a token claims, unproven; undefined when it is none. */
  function read(token: string): RefreshClaim | undefined {
    const [, organization = '', session = '', generation] = format.exec(token) ?? [];
    const organizationId = unpackId(organization);
    const sessionId = unpackId(session);
    if (!organizationId || !sessionId) return undefined;
    return { organizationId, sessionId, generation: Number(generation) };
  }

  /** Whether the token is the one of the generation it claims, in constant time. */
  function proves(token: string, claim: RefreshClaim, seed: Buffer): boolean {
    const given = Buffer.from(token);
    const right = Buffer.from(make(claim, seed));
    return given.length === right.length && timingSafeEqual(given, right);
  }

  return { make, read, proves };
}
