// Seals one field of one row with its organization's key. A sealed field opens only in the organization, table, column
// and row that it was sealed for: copied anywhere else it is refused.
import { bindPlace, numberBytes } from './bind-place.ts';
import { decryptBytes, encryptBytes, overheadLength } from './encrypt-bytes.ts';
import { SealBroken } from './problems.ts';

/** One version of an organization's key; `dek` is 32 bytes and stays in memory. */
export type OrganizationKey = { version: number; dek: Buffer };

/** Where a sealed field lives. */
export type SealedPlace = { organization_id: string; table: string; column: string; row_id: string };

// Layout: format (1 byte) · key version (4, big end first) · nonce (12) · tag (16) · ciphertext.
const format = 1;
const headerLength = 5;

/** Seals a field; the same plaintext gives other bytes each time. 33 bytes longer than the plaintext. */
export function seal(key: OrganizationKey, place: SealedPlace, plaintext: Uint8Array): Buffer {
  const header = Buffer.concat([Buffer.of(format), numberBytes(key.version)]);
  return Buffer.concat([header, encryptBytes(key.dek, boundTo(place, key.version), plaintext)]);
}

/** Opens a field; throws `SealBroken` when it was altered, moved, cut, or sealed with another key or version. */
export function open(key: OrganizationKey, place: SealedPlace, sealed: Uint8Array): Buffer {
  const bytes = asBuffer(sealed);
  if (readSealedVersion(bytes) !== key.version) throw new SealBroken();
  return decryptBytes(key.dek, boundTo(place, key.version), bytes.subarray(headerLength));
}

/** Tells which version of the key a field needs, to look that key up; throws `SealBroken` on what is no sealed field. */
export function readSealedVersion(sealed: Uint8Array): number {
  const bytes = asBuffer(sealed);
  const version = bytes.length >= headerLength + overheadLength ? bytes.readUInt32BE(1) : 0;
  if (bytes[0] !== format || version === 0) throw new SealBroken();
  return version;
}

function boundTo(place: SealedPlace, version: number): Buffer {
  const parts = [place.organization_id, place.table, place.column, place.row_id];
  return bindPlace('insula field 1', parts, version);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
