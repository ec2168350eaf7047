// A document, a version and a passage as the contract shows them.
import type { document, documentVersion } from '@insula/contract/documents';
import type { z } from 'zod';
import type { FullRow, VersionRow } from './store.ts';

export type Document = z.infer<typeof document>;
export type DocumentVersion = z.infer<typeof documentVersion>;

/** What each part of the way is of the whole: reading a fifth, embedding most of the rest. */
const READ = 0.2;
const EMBEDDED = 0.95;

/** Presents a document with its newest version. */
export function presentDocument(row: FullRow): Document {
  const { latest } = row;
  return {
    id: row.id,
    organization_id: row.organization_id,
    workspace_id: row.workspace_id,
    collection_id: row.collection_id,
    title: row.title,
    source: row.source,
    source_kind: row.source_kind,
    external_id: row.external_id,
    metadata: row.metadata,
    status: latest.status === 'superseded' ? 'cancelled' : latest.status,
    is_searchable: row.version !== null,
    current_version: row.version,
    ...presentReading(latest),
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    ready_at: latest.ready_at?.toISOString() ?? null,
  };
}

/** Presents one version. */
export function presentVersion(row: VersionRow): DocumentVersion {
  return {
    document_id: row.document_id,
    status: row.status,
    ...presentReading(row),
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    ready_at: row.ready_at?.toISOString() ?? null,
  };
}

function presentReading(row: VersionRow) {
  return {
    version: row.version,
    file_name: row.file_name,
    content_type: row.content_type,
    bytes: row.bytes,
    content_hash: row.content_hash.toString('hex'),
    format: row.format,
    page_count: row.page_count,
    chunk_count: row.chunk_count,
    token_count: row.token_count,
    warnings: row.warnings,
    properties: row.properties,
    stage: row.stage,
    progress: progressOf(row),
    attempts: row.attempts,
    retry_at: row.retry_at?.toISOString() ?? null,
    error: row.error_code === null ? null : { code: row.error_code, detail: row.error_detail ?? '' },
  };
}

function progressOf({ status, embedded_count, chunk_count }: VersionRow): number {
  if (status === 'ready' || status === 'superseded') return 1;
  if (status === 'indexing') return EMBEDDED;
  if (status !== 'embedding') return status === 'reading' ? READ / 2 : 0;
  const share = chunk_count === 0 ? 0 : Math.min(1, embedded_count / chunk_count);
  return Math.round((READ + share * (EMBEDDED - READ)) * 100) / 100;
}
