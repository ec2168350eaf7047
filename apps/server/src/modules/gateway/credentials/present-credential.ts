// A credential as the contract shows it: never the key, only its last characters.
import type { credential } from '@insula/contract/gateway';
import type { z } from 'zod';
import { decodeSettings, type Secrets } from '../providers/describe-fields.ts';
import type { CredentialRow } from './store.ts';

export type Credential = z.infer<typeof credential>;

/** Presents a row without its secret. */
export function presentCredential(row: CredentialRow): Credential {
  const { organization_id: _organization, secret: _secret, settings, ...shown } = row;
  const { region = null, api_version = null } = decodeSettings(settings);
  return {
    ...shown,
    region,
    api_version,
    status: row.status as Credential['status'],
    tested_at: row.tested_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

/** The last four characters of the key, or of its id where it has one: enough to tell two apart; nothing of a short key. */
export function hintOf(secrets: Secrets): string {
  const key = secrets.api_key ?? secrets.access_key_id ?? '';
  return key.length >= 16 ? `…${key.slice(-4)}` : '…';
}

/** Where a credential's key is sealed: it opens only in this row. */
export function placeOfSecret(credentialId: string): { table: string; column: string; row_id: string } {
  return { table: 'credentials', column: 'secret', row_id: credentialId };
}
