// A collection as the contract shows it.
import type { collection, collectionDetails } from '@insula/contract/collections';
import type { z } from 'zod';
import type { Contents, VisibleRow } from './store.ts';

export type Collection = z.infer<typeof collection>;
export type CollectionDetails = z.infer<typeof collectionDetails>;

/** Presents a row. Who sees it at its own workspace is nothing to those with whom it is shared. */
export function presentCollection(row: VisibleRow): Collection {
  const { id, workspace_id, name, slug, description, is_default, access, shared_from, embedding_model } = row;
  return {
    ...{ id, workspace_id, name, slug, description, is_default, shared_from, embedding_model },
    access: shared_from === null ? access : 'everyone',
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

/** Presents a row with what is in it. */
export function presentDetails(row: VisibleRow, { documents, passages }: Contents): CollectionDetails {
  const byStatus: Record<string, number> = {};
  for (const { status, n } of documents) byStatus[status] = (byStatus[status] ?? 0) + n;
  const sum = (rows: Contents['documents']) => rows.reduce((total, { n }) => total + n, 0);
  return {
    ...presentCollection(row),
    documents: {
      total: sum(documents),
      searchable: sum(documents.filter(({ searchable }) => searchable)),
      by_status: byStatus,
    },
    passages,
  };
}
