// The installation's Ed25519 key: signs access tokens and the checkpoints of the audit trail. Derived from a secret,
// every replica has the same key without sharing a file; or read from a PEM file that an operator keeps.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { assertStrongSecret } from './assert-strong-secret.ts';

/** A public Ed25519 key as published in a key set (RFC 8037); `kid` is its RFC 7638 thumbprint. */
export type PublicJwk = { kty: 'OKP'; crv: 'Ed25519'; x: string; kid: string; alg: 'EdDSA'; use: 'sig' };

export type Signer = {
  kid: string;
  /** For libraries that make and check tokens. */
  privateKey: KeyObject;
  publicKey: KeyObject;
  /** Signs a record of ours. The bytes are prefixed, so that a signed record is never a valid token, nor the other way round. */
  sign(bytes: Uint8Array): Buffer;
  /** Tells whether `sign` of this key made the signature. */
  verify(bytes: Uint8Array, signature: Uint8Array): boolean;
  /** The public half, to publish and to keep beside what was signed. */
  jwk(): PublicJwk;
};

// PKCS #8 header of an Ed25519 private key (RFC 8410); the 32-byte seed follows.
const pkcs8Header = Buffer.from('302e020100300506032b657004220420', 'hex');
const recordPrefix = Buffer.from('insula signed record 1\0');

/** Makes the signer from `JWT_SECRET`, or from a PEM file with an Ed25519 private key; throws on a weak secret and on a key of another kind. */
export function createSigner(source: { secret: string } | { keyFile: string }): Signer {
  const privateKey = 'secret' in source ? deriveKey(source.secret) : readKey(source.keyFile);
  const publicKey = createPublicKey(privateKey);
  const { x } = publicKey.export({ format: 'jwk' }) as { x: string };
  const kid = createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url');
  return {
    kid,
    privateKey,
    publicKey,
    sign: (bytes) => signBytes(null, Buffer.concat([recordPrefix, bytes]), privateKey),
    verify: (bytes, signature) =>
      verifyBytes(null, Buffer.concat([recordPrefix, bytes]), publicKey, signature),
    jwk: () => ({ kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' }),
  };
}

/** Checks a record signed by `sign` against the public key kept beside it; false when anything does not fit. */
export function verifyRecord(jwk: Pick<PublicJwk, 'x'>, bytes: Uint8Array, signature: Uint8Array): boolean {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: jwk.x }, format: 'jwk' });
    return verifyBytes(null, Buffer.concat([recordPrefix, bytes]), key, signature);
  } catch {
    return false;
  }
}

function deriveKey(secret: string): KeyObject {
  assertStrongSecret('JWT_SECRET', secret);
  const seed = Buffer.from(hkdfSync('sha256', secret, '', 'insula signing key 1', 32));
  return createPrivateKey({ key: Buffer.concat([pkcs8Header, seed]), format: 'der', type: 'pkcs8' });
}

function readKey(file: string): KeyObject {
  const key = createPrivateKey(readFileSync(file));
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${file} holds no Ed25519 private key.`);
  return key;
}
