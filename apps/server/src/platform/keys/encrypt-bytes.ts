// AES-256-GCM as this product uses it: a fresh random nonce of 12 bytes, a tag of exactly 16, associated data always.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { SealBroken } from './problems.ts';

const nonceLength = 12;
// Without a fixed length Node accepts tags of 4 bytes, which can be guessed.
const authTagLength = 16;

/** Bytes that encryption adds: nonce and tag. */
export const overheadLength = nonceLength + authTagLength;

/** Encrypts with a 32-byte key; gives nonce, tag, ciphertext. */
export function encryptBytes(key: Buffer, bound: Buffer, plaintext: Uint8Array): Buffer {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength }).setAAD(bound);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]);
}

/** Opens what `encryptBytes` gave; throws `SealBroken` on anything else. */
export function decryptBytes(key: Buffer, bound: Buffer, sealed: Buffer): Buffer {
  if (sealed.length < overheadLength) throw new SealBroken();
  const nonce = sealed.subarray(0, nonceLength);
  const tag = sealed.subarray(nonceLength, overheadLength);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength }).setAAD(bound);
    decipher.setAuthTag(tag);
    return Buffer.concat([decipher.update(sealed.subarray(overheadLength)), decipher.final()]);
  } catch {
    throw new SealBroken();
  }
}
