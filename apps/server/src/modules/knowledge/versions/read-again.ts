// The same bytes are read again, as a further version: after a change of the title, of the collection, or of how files are read.
import type { TenantTx } from '../../../platform/db/door.ts';
import type { FullRow } from '../documents/store.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { addVersion } from './add-version.ts';

/** Adds the version; searchers find the one before until it is ready. False when its file is gone. Tells of work: call it late. */
export async function readAgain(
  deps: Pick<KnowledgeDeps, 'queue'>,
  tx: TenantTx,
  { latest, ...row }: FullRow,
): Promise<boolean> {
  const { workspace_id, file_name, blob_id, content_type, bytes, content_hash, created_by } = latest;
  if (blob_id === null) return false;
  const at = {
    organizationId: row.organization_id,
    documentId: row.id,
    version: row.latest_version + 1,
  };
  const version = { workspace_id, file_name, blob_id, content_type, bytes, content_hash, created_by };
  await addVersion(deps, tx, { at, row: version });
  return true;
}
