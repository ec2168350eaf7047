// An API key as the contract shows it: its name, its first characters and its state, never its secret.
import type { apiKey } from '@insula/contract/api-keys';
import type { z } from 'zod';
import type { Identity } from '../create-identity.ts';
import { prefixOf } from './make-key-text.ts';
import type { ApiKeyRow } from './store.ts';

export type ApiKey = z.infer<typeof apiKey>;

/** Whether the key works at this moment, by its own dates. */
export function isActive(row: Pick<ApiKeyRow, 'revoked_at' | 'expires_at'>, nowMs: number): boolean {
  return row.revoked_at === null && (row.expires_at === null || row.expires_at.getTime() > nowMs);
}

/** Presents a row; a key without a limit of its own shows the default it is held to. */
export function presentKey(
  deps: Pick<Identity, 'clock' | 'config'>,
  row: Omit<ApiKeyRow, 'key_hash'>,
): ApiKey {
  return {
    id: row.id,
    name: row.name,
    key_prefix: prefixOf(row),
    workspace_id: row.workspace_id,
    mode: row.mode as ApiKey['mode'],
    scopes: row.scopes,
    rate_limit_per_minute: row.rate_limit_per_minute ?? deps.config.settings.DEFAULT_RATE_LIMIT,
    rate_limits: row.rate_limits,
    expires_at: row.expires_at?.toISOString() ?? null,
    last_used_at: row.last_used_at?.toISOString() ?? null,
    revoked_at: row.revoked_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    is_active: isActive(row, deps.clock.now()),
  };
}
