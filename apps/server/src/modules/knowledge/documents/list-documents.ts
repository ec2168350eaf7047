// What documents there are, as far as the asking person may see them from the workspace.
import type { Actor } from '../../../platform/actor.ts';
import type { TenantTx } from '../../../platform/db/door.ts';
import { idOfCursor, pageOf } from '../../../platform/lists.ts';
import { listVisibleCollections } from '../collections/list-visible-collections.ts';
import { requireCollection } from '../collections/require-collection.ts';
import { type Contents, countContents } from '../collections/store.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { type Document, presentDocument, presentVersion } from './present-document.ts';
import { type DocumentPath, requireDocument } from './require-document.ts';
import { listDocuments as readDocuments, listVersions as readVersions, sumBytes } from './store.ts';

export type DocumentQuery = {
  workspace_id: string;
  limit: number;
  cursor?: string | undefined;
  status?: string | undefined;
  collection_id?: string | undefined;
  title?: string | undefined;
  external_id?: string | undefined;
};

/** A page of documents, newest first; throws `collection_not_found`, `workspace_not_found`. */
export async function listDocuments(deps: KnowledgeDeps, actor: Actor, query: DocumentQuery) {
  const before = idOfCursor(query.cursor);
  const rows = await deps.db.as(actor, async (tx) =>
    readDocuments(tx, actor.organization_id, {
      collectionIds: await collectionsOf(deps, tx, { actor, query }),
      limit: query.limit,
      before,
      status: query.status,
      title: query.title,
      externalId: query.external_id,
    }),
  );
  return pageOf(rows, query.limit, presentDocument);
}

/** How many there are, by the status of their newest version. */
export async function countDocuments(
  deps: KnowledgeDeps,
  actor: Actor,
  query: { workspace_id: string; collection_id?: string | undefined },
) {
  return deps.db.as(actor, async (tx) => {
    const collectionIds = await collectionsOf(deps, tx, { actor, query });
    const counted: Contents[] = [];
    for (const id of collectionIds)
      counted.push(await countContents(tx, { organizationId: actor.organization_id, id }));
    const documents = counted.flatMap((one) => one.documents);
    const byStatus: Record<string, number> = {};
    for (const { status, n } of documents) byStatus[status] = (byStatus[status] ?? 0) + n;
    const sum = (rows: { n: number }[]) => rows.reduce((total, { n }) => total + n, 0);
    return {
      total: sum(documents),
      searchable: sum(documents.filter(({ searchable }) => searchable)),
      passages: counted.reduce((total, { passages }) => total + passages, 0),
      bytes: await sumBytes(tx, actor.organization_id, collectionIds),
      by_status: byStatus,
    };
  });
}

/** One document; throws `document_not_found`. */
export async function getDocument(deps: KnowledgeDeps, actor: Actor, path: DocumentPath): Promise<Document> {
  return presentDocument((await deps.db.as(actor, (tx) => requireDocument(tx, actor, path))).row);
}

/** All versions of a document, newest first; throws `document_not_found`. */
export async function listVersions(deps: KnowledgeDeps, actor: Actor, path: DocumentPath) {
  const rows = await deps.db.as(actor, async (tx) => {
    const { row } = await requireDocument(tx, actor, path);
    return readVersions(tx, actor.organization_id, row.id);
  });
  return { data: rows.map(presentVersion) };
}

async function collectionsOf(
  deps: KnowledgeDeps,
  tx: TenantTx,
  { actor, query }: { actor: Actor; query: { workspace_id: string; collection_id?: string | undefined } },
): Promise<string[]> {
  const { workspace_id: workspaceId, collection_id: collectionId } = query;
  const { organization_id: organizationId } = actor;
  if (collectionId !== undefined)
    return [(await requireCollection(tx, actor, { workspaceId, collectionId })).id];
  await deps.tenancy.requireWorkspace(tx, { organizationId, workspaceId });
  return (await listVisibleCollections(tx, actor, workspaceId)).map(({ id }) => id);
}
