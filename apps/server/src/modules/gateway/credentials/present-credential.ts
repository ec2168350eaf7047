// A credential as the contract shows it: never the key, only its last characters.
import type { credential } from '@insula/contract/gateway';
import type { z } from 'zod';
import type { CredentialRow } from './store.ts';

export type Credential = z.infer<typeof credential>;

/** Presents a row without its secret. */
export function presentCredential(row: CredentialRow): Credential {
  const { organization_id: _organization, secret: _secret, ...shown } = row;
  return {
    ...shown,
    status: row.status as Credential['status'],
    tested_at: row.tested_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

/** The last four characters of a key, enough to tell two apart; nothing of a short key. */
export function hintOf(key: string): string {
  return key.length >= 16 ? `…${key.slice(-4)}` : '…';
}

/** Where a credential's key is sealed: it opens only in this row. */
export function placeOfSecret(credentialId: string): { table: string; column: string; row_id: string } {
  return { table: 'credentials', column: 'secret', row_id: credentialId };
}
