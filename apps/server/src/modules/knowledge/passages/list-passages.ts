// The passages of a document: what answers quote, with the place in the text each was taken from.
import type { Actor } from '../../../platform/actor.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import { type DocumentPath, requireDocument } from '../documents/require-document.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { listPassages as readPassages } from './store.ts';

/** A page of the passages that searches find, in their order; empty before a version was ready. Throws `document_not_found`. */
export async function listPassages(
  deps: KnowledgeDeps,
  actor: Actor,
  query: DocumentPath & { limit: number; cursor?: string | undefined },
) {
  const after = idOfCursor(query.cursor);
  const rows = await deps.db.as(actor, async (tx) => {
    const { row } = await requireDocument(tx, actor, query);
    if (row.version === null) return [];
    const at = { organizationId: actor.organization_id, documentId: row.id, version: row.version };
    return readPassages(tx, at, { limit: query.limit, after });
  });
  return pageOf(rows, query.limit, ({ organization_id: _, workspace_id: __, ...row }) => row);
}
