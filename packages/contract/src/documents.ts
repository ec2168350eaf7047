// Documents on paper: files and texts that become passages, how far each has come, and what it was read as.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, moment, pageOf, pageQuery } from './fields.ts';
import { problemsOf } from './problem.ts';

export const documentProblems = {
  document_not_found: { status: 404, message: 'There is no such document in this workspace.' },
  document_content_missing: {
    status: 400,
    message: 'Send a file as multipart/form-data in the field `file`, or JSON with `content`.',
  },
  document_content_twice: {
    status: 400,
    message: 'Send either a file or `content`, not both.',
  },
  too_many_documents: {
    status: 409,
    message:
      'This workspace has {limit} documents, the most of its plan. Remove some, or ask for a larger plan.',
  },
  document_not_failed: {
    status: 409,
    message:
      'The newest version of this document is {status}; only one that failed or was cancelled is tried again.',
  },
  document_not_under_way: {
    status: 409,
    message: 'The newest version of this document is {status}; there is nothing to cancel.',
  },
  document_under_way: {
    status: 409,
    message: 'A version of this document is being read. Wait for it, or cancel it first.',
  },
  document_not_read: {
    status: 409,
    message: 'This document was not read yet, so it has no text. Its status is {status}.',
  },
  document_file_gone: {
    status: 410,
    message:
      'The file of this version is no longer kept, because a newer one took its place. Ask for the newest.',
  },
} as const;
export const documentProblem = problemsOf(documentProblems);

export const documentStatuses = [
  ...(['queued', 'reading', 'embedding', 'indexing'] as const),
  ...(['ready', 'failed', 'cancelled'] as const),
];
const status = z.enum(documentStatuses);
const title = z.string().trim().min(1).max(300);
const source = z.string().trim().min(1).max(2_000);
const externalId = z.string().trim().min(1).max(500);
/** The longest text that is taken as JSON, in characters. */
export const CONTENT_MAX = 10_000_000;
const content = z.string().min(1).max(CONTENT_MAX);
const contentType = z.enum(['text/markdown', 'text/plain', 'text/html', 'application/json', 'text/csv']);

const fact = z.union([z.string().max(2_000), z.number(), z.boolean(), z.array(z.string().max(500)).max(50)]);
/** What a caller says of a document, for filters: at most 50 facts. In a form it is sent as JSON. */
export const documentMetadata = z
  .record(z.string().min(1).max(100), fact)
  .refine((given) => Object.keys(given).length <= 50, 'At most 50 facts.')
  .refine((given) => JSON.stringify(given).length <= 16_000, 'At most 16,000 characters of JSON.');

const warning = z.object({ code: z.string(), detail: z.string() });
const failure = z.object({ code: z.string(), detail: z.string() });

const readAs = {
  version: z.int(),
  file_name: z.string(),
  content_type: z.string().nullable(),
  bytes: z.int(),
  /** SHA-256 of the bytes, in hex. */
  content_hash: z.string(),
  format: z.string().nullable(),
  page_count: z.int().nullable(),
  chunk_count: z.int(),
  token_count: z.int(),
  warnings: z.array(warning),
  /** What the file says of itself: author, date, subject. */
  properties: z.record(z.string(), z.string()),
};
const progress = {
  /** What is done at the moment, in words, where the status alone does not say it. */
  stage: z.string().nullable(),
  /** From 0 to 1. */
  progress: z.number(),
  attempts: z.int(),
  /** When a step that could not be done for a passing reason is tried again. */
  retry_at: moment.nullable(),
  error: failure.nullable(),
};

export const document = z.object({
  id,
  organization_id: id,
  workspace_id: id,
  collection_id: id,
  title: z.string(),
  source: z.string(),
  source_kind: z.enum(['upload', 'text', 'url', 's3', 'import']),
  external_id: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()),
  /** How far the newest version has come. */
  status,
  /** Whether searches find it: a version of it was ready, perhaps an older one than the newest. */
  is_searchable: z.boolean(),
  /** The version that searches find. */
  current_version: z.int().nullable(),
  ...readAs,
  ...progress,
  created_by: id.nullable(),
  created_at: moment,
  updated_at: moment,
  ready_at: moment.nullable(),
});

export const documentVersion = z.object({
  document_id: id,
  status: z.enum([...documentStatuses, 'superseded']),
  ...readAs,
  ...progress,
  created_by: id.nullable(),
  created_at: moment,
  ready_at: moment.nullable(),
});

export const passage = z.object({
  id,
  document_id: id,
  collection_id: id,
  version: z.int(),
  seq: z.int(),
  kind: z.enum(['text', 'table', 'code']),
  text: z.string(),
  heading_path: z.array(z.string()),
  page_start: z.int().nullable(),
  page_end: z.int().nullable(),
  /** Where it stands in the normalised text, in UTF-16 units. */
  start_offset: z.int(),
  end_offset: z.int(),
  tokens: z.int(),
});

const path = { workspace_id: id };
const one = z.strictObject({ ...path, document_id: id });
export const documentFilters = {
  status: status.optional(),
  collection_id: id.optional(),
  /** Part of the title, whatever its case. */
  title: z.string().trim().min(1).max(200).optional(),
  external_id: externalId.optional(),
};
const given = {
  title: title.optional(),
  content: content.optional(),
  content_type: contentType.optional(),
  source: source.optional(),
  metadata: documentMetadata.optional(),
};
export const newDocument = {
  ...given,
  collection_id: id.optional(),
  external_id: externalId.optional(),
  source_kind: z.enum(['upload', 'text', 'url', 's3', 'import']).optional(),
};
export const addedDocument = document.extend({
  /** The same bytes were in the collection already: this is the document that has them, and nothing was stored. */
  duplicate: z.boolean(),
});
export const removedDocument = z.object({ id, deleted: z.literal(true) });

const all = '/workspaces/{workspace_id}/documents';
const each = `${all}/{document_id}` as const;
const tag = 'Documents';
const mayRead = { permission: 'knowledge:read' } as const;
const mayWrite = { permission: 'knowledge:write' } as const;
const BODY_LIMIT = 11_534_336;
export const mayUpload = { ...mayWrite, bodyLimit: BODY_LIMIT, file: true } as const;

/** Documents of a workspace. */
export const documents = {
  list: endpoint({ method: 'GET', path: all, summary: 'List documents', tag }, mayRead)
    .input(pageQuery.extend({ ...path, ...documentFilters }))
    .output(pageOf(document)),
  create: endpoint(
    { method: 'POST', path: all, summary: 'Upload a document: a file, or a text as JSON', tag, status: 201 },
    mayUpload,
  )
    .input(z.strictObject({ ...path, ...newDocument }))
    .output(addedDocument),
  getCounts: endpoint(
    { method: 'GET', path: `${all}/counts`, summary: 'How many documents there are, by status', tag },
    mayRead,
  )
    .input(z.strictObject({ ...path, collection_id: id.optional() }))
    .output(
      z.object({
        total: z.int(),
        searchable: z.int(),
        passages: z.int(),
        bytes: z.int(),
        by_status: z.record(z.string(), z.int()),
      }),
    ),
  reprocess: endpoint(
    {
      method: 'POST',
      path: `${all}/reprocess`,
      summary: 'Read all documents of a collection again',
      tag,
      status: 202,
    },
    mayWrite,
  )
    .input(z.strictObject({ ...path, collection_id: id.optional() }))
    .output(z.object({ collection_id: id, documents: z.int() })),
  get: endpoint(
    { method: 'GET', path: each, summary: 'Read a document and how far it has come', tag },
    mayRead,
  )
    .input(one)
    .output(document),
  change: endpoint({ method: 'PATCH', path: each, summary: 'Change a document', tag }, mayWrite)
    .input(
      one.extend({
        title: title.optional(),
        metadata: documentMetadata.optional(),
        collection_id: id.optional(),
      }),
    )
    .output(document),
  remove: endpoint({ method: 'DELETE', path: each, summary: 'Delete a document', tag }, mayWrite)
    .input(one)
    .output(removedDocument),
  listVersions: endpoint(
    { method: 'GET', path: `${each}/versions`, summary: 'List the versions of a document', tag },
    mayRead,
  )
    .input(one)
    .output(z.object({ data: z.array(documentVersion) })),
  replace: endpoint(
    {
      method: 'POST',
      path: `${each}/versions`,
      summary: 'Give a document a new version; searches find the old one until it is ready',
      tag,
      status: 201,
    },
    mayUpload,
  )
    .input(one.extend(given))
    .output(addedDocument),
  retry: endpoint(
    { method: 'POST', path: `${each}/retry`, summary: 'Try a failed document again', tag, status: 202 },
    mayWrite,
  )
    .input(one)
    .output(document),
  cancel: endpoint(
    { method: 'POST', path: `${each}/cancel`, summary: 'Stop reading a document', tag },
    mayWrite,
  )
    .input(one)
    .output(document),
  listPassages: endpoint(
    { method: 'GET', path: `${each}/passages`, summary: 'List the passages of a document', tag },
    mayRead,
  )
    .input(pageQuery.extend({ ...path, document_id: id }))
    .output(pageOf(passage)),
};

const download = { ...mayRead, protocol: 'text' } as const;

/** The file as it came, and the text it was read as. */
export const documentFiles = {
  original: endpoint(
    { method: 'GET', path: `${each}/file`, summary: 'Download the file of a document', tag },
    { ...download, media: 'application/octet-stream' },
  )
    .input(one)
    .output(z.string()),
  text: endpoint(
    { method: 'GET', path: `${each}/text`, summary: 'Read the text of a document as Markdown', tag },
    { ...download, media: 'text/markdown' },
  )
    .input(one)
    .output(z.string()),
};
