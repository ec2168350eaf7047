// The versions of an organization's key: what is known of them, never the keys.
import type { encryptionKey } from '@insula/contract/governance';
import type { z } from 'zod';
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import { requireWholeOrganization } from '../audit/require-whole-organization.ts';
import type { GovernanceDeps } from '../index.ts';
import { pageVersions, type VersionRow } from './store.ts';

export type EncryptionKey = z.infer<typeof encryptionKey>;

/** A page of versions, newest first. */
export async function listKeys(
  deps: Pick<GovernanceDeps, 'db'>,
  actor: Actor,
  input: { limit: number; cursor?: string | undefined },
): Promise<{ data: EncryptionKey[]; next_cursor: string | null }> {
  requireWholeOrganization(actor);
  const after = idOfCursor(input.cursor);
  const before = after === undefined ? undefined : Number.parseInt(after.slice(-8), 16) & 0x7fff_ffff;
  const { organization_id: organizationId } = actor;
  const rows = await deps.db.asPlatform(organizationId, (tx) =>
    pageVersions(tx, organizationId, { limit: input.limit, before }),
  );
  return pageOf(
    rows.map((row) => ({ ...row, id: cursorId(row.version) })),
    input.limit,
    presentKey,
  );
}

/** Cursors hold an id: the version stands in its last digits. */
function cursorId(version: number): string {
  return `00000000-0000-0000-0000-${version.toString(16).padStart(12, '0')}`;
}

/** Presents a version. */
export function presentKey(row: VersionRow): EncryptionKey {
  return {
    version: row.version,
    state: row.state as EncryptionKey['state'],
    origin: row.origin as EncryptionKey['origin'],
    master_key_id: row.master_key_id,
    created_at: row.created_at.toISOString(),
  };
}
