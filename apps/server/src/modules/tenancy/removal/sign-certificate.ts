// The certificate of a deletion: what was destroyed and when, under the server's signature, with the key to check it.
import { createHash } from 'node:crypto';
import type { Certificate } from '@insula/contract/tenancy';
import type { Signer } from '../../../platform/keys/index.ts';

export type { Certificate };
export type Statement = Omit<Certificate, 'digest' | 'signature' | 'signing_key'>;

/** Signs the statement. */
export function signCertificate(signer: Signer, statement: Statement): Certificate {
  const bytes = writeStatement(statement);
  return {
    ...statement,
    digest: createHash('sha256').update(bytes).digest('hex'),
    signature: signer.sign(bytes).toString('base64url'),
    signing_key: signer.jwk(),
  };
}

/** The bytes under the signature: the statement as canonical JSON (RFC 8785), which for texts and integers is sorted keys. */
export function writeStatement(certificate: Statement): Buffer {
  const { organization_id, slug, deleted_at, key_destroyed_at, rows, remaining } = certificate;
  const statement = { deleted_at, key_destroyed_at, organization_id, remaining, rows: sortKeys(rows), slug };
  return Buffer.from(JSON.stringify(statement), 'utf8');
}

function sortKeys<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1)));
}
