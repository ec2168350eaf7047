// The master keys of the installation: they wrap the organizations' keys and are the root of derived secrets. They
// never encrypt data themselves, so that a new master key means wrapping keys again and not rewriting data.
import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { bindPlace } from './bind-place.ts';
import { decryptBytes, encryptBytes, overheadLength } from './encrypt-bytes.ts';
import { SealBroken } from './problems.ts';
import type { OrganizationKey } from './seal.ts';

// Layout of a wrapped key: format (1 byte) · id of the master key (8) · nonce (12) · tag (16) · key (32).
const format = 1;
const idLength = 8;
const keyLength = 32;
const wrappedLength = 1 + idLength + overheadLength + keyLength;

export type Keyring = {
  /** Id of the master key that wraps now: 16 hex digits, not secret. */
  masterKeyId: string;
  /** A fresh random key for an organization. */
  newOrganizationKey(version: number): OrganizationKey;
  /** Wraps a key with the current master key, bound to the organization and version. 69 bytes. */
  wrapOrganizationKey(organizationId: string, key: OrganizationKey): Buffer;
  /** Opens a wrapped key with whichever master key wrapped it; throws `SealBroken`. */
  unwrapOrganizationKey(organizationId: string, version: number, wrapped: Uint8Array): OrganizationKey;
  /** Id of the master key that wrapped a key; another than `masterKeyId` means it should be wrapped again. Throws `SealBroken`. */
  readMasterKeyId(wrapped: Uint8Array): string;
  /** A secret of `length` bytes (1 to 255) that follows from the current master key and the label alone; it changes when the master key does. */
  deriveSecret(label: string, length: number): Buffer;
};

/** Makes the keyring. The first master key wraps; the others only open what they wrapped. Throws on a key that is not 32 bytes. */
export function createKeyring({ masterKeys }: { masterKeys: readonly Buffer[] }): Keyring {
  const current = masterKeys[0];
  if (!current || masterKeys.some((key) => key.length !== keyLength)) {
    throw new Error('A keyring needs at least one master key, and every one must be 32 bytes.');
  }
  // Wrapping uses a key derived for that alone, so that no secret derived from the master can meet it.
  const wrapping = new Map(
    masterKeys.map((key) => [masterKeyIdOf(key), derive(key, 'wrapping keys', keyLength)]),
  );
  const masterKeyId = masterKeyIdOf(current);

  const readMasterKeyId = (wrapped: Uint8Array) => {
    if (wrapped.length !== wrappedLength || wrapped[0] !== format) throw new SealBroken();
    return Buffer.from(wrapped.subarray(1, 1 + idLength)).toString('hex');
  };

  return {
    masterKeyId,
    newOrganizationKey: (version) => ({ version, dek: randomBytes(keyLength) }),
    wrapOrganizationKey(organizationId, { version, dek }) {
      if (dek.length !== keyLength) throw new Error('An organization key must be 32 bytes.');
      const bound = boundTo(masterKeyId, organizationId, version);
      const box = encryptBytes(wrapping.get(masterKeyId) as Buffer, bound, dek);
      return Buffer.concat([Buffer.of(format), Buffer.from(masterKeyId, 'hex'), box]);
    },
    unwrapOrganizationKey(organizationId, version, wrapped) {
      const id = readMasterKeyId(wrapped);
      const key = wrapping.get(id);
      if (!key) throw new SealBroken();
      const box = Buffer.from(wrapped.subarray(1 + idLength));
      return { version, dek: decryptBytes(key, boundTo(id, organizationId, version), box) };
    },
    readMasterKeyId,
    deriveSecret: (label, length) => derive(current, `secret ${label}`, length),
  };
}

function boundTo(masterKeyId: string, organizationId: string, version: number): Buffer {
  return bindPlace('insula organization key 1', [masterKeyId, organizationId], version);
}

function masterKeyIdOf(key: Buffer): string {
  return createHash('sha256')
    .update(key)
    .digest('hex')
    .slice(0, 2 * idLength);
}

/** HKDF-SHA256 (RFC 5869) without salt: the master key is uniformly random already. */
function derive(key: Buffer, label: string, length: number): Buffer {
  if (!Number.isInteger(length) || length < 1 || length > 255) {
    throw new RangeError('A derived secret has 1 to 255 bytes.');
  }
  return Buffer.from(hkdfSync('sha256', key, '', `insula ${label}`, length));
}
