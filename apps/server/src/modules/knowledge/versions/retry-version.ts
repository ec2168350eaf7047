// What a person does about the way of a document: try what failed again, or stop what is under way.
import { documentProblem } from '@insula/contract/documents';
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { type Document, presentDocument } from '../documents/present-document.ts';
import { type DocumentPath, requireOwnDocument } from '../documents/require-document.ts';
import { type FullRow, findDocument } from '../documents/store.ts';
import { CLEAR_DOCUMENTS } from '../files/stage-file.ts';
import { addRemains } from '../files/store.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { INGEST_DOCUMENTS } from './add-version.ts';
import { UNDER_WAY, updateVersion } from './store.ts';

/** Puts the newest version back in the line and announces `document.retried`; throws `document_not_failed`. */
export async function retryVersion(deps: KnowledgeDeps, actor: Actor, path: DocumentPath): Promise<Document> {
  const row = await deps.db.as(actor, async (tx) => {
    const { row } = await requireOwnDocument(tx, actor, path);
    const { status } = row.latest;
    const fresh = { status: 'queued' as const, attempts: 0, retry_at: null, stage: null };
    const change = { ...fresh, error_code: null, error_detail: null, chunk_count: 0, embedded_count: 0 };
    const from = ['failed' as const, 'cancelled' as const];
    if (!(await updateVersion(tx, atOf(row), { from, change })))
      throw documentProblem('document_not_failed', { status });
    await announce(deps, tx, { actor, row, type: 'document.retried' });
    await deps.queue.tell(tx, row.organization_id, INGEST_DOCUMENTS);
    return (await findDocument(tx, { organizationId: row.organization_id, documentId: row.id }))!;
  });
  return presentDocument(row);
}

/** Stops the newest version on its way and announces `document.cancelled`; throws `document_not_under_way`. */
export async function cancelVersion(
  deps: KnowledgeDeps,
  actor: Actor,
  path: DocumentPath,
): Promise<Document> {
  const row = await deps.db.as(actor, async (tx) => {
    const { row } = await requireOwnDocument(tx, actor, path);
    const { organization_id: organizationId, latest } = row;
    const change = { status: 'cancelled' as const, stage: null, retry_at: null };
    if (!(await updateVersion(tx, atOf(row), { from: UNDER_WAY, change })))
      throw documentProblem('document_not_under_way', { status: latest.status });
    const remains = [{ document_id: row.id, version: latest.version }];
    await addRemains(tx, organizationId, { remains, dueAt: new Date() });
    await announce(deps, tx, { actor, row, type: 'document.cancelled' });
    await deps.queue.tell(tx, organizationId, CLEAR_DOCUMENTS);
    return (await findDocument(tx, { organizationId, documentId: row.id }))!;
  });
  return presentDocument(row);
}

const atOf = (row: FullRow) => ({
  organizationId: row.organization_id,
  documentId: row.id,
  version: row.latest_version,
});

async function announce(
  deps: KnowledgeDeps,
  tx: TenantTx,
  { actor, row, type }: { actor: Actor; row: FullRow; type: string },
): Promise<void> {
  await deps.events.announce(tx, actor, {
    type,
    subject_type: 'document',
    subject_id: row.id,
    workspace_id: row.workspace_id,
    details: { version: row.latest_version },
  });
}
