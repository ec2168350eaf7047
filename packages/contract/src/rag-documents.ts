// Documents at the addresses without a workspace.
import { z } from 'zod';
import {
  addedDocument,
  document,
  documentFilters,
  mayUpload,
  newDocument,
  removedDocument,
} from './documents.ts';
import { endpoint } from './endpoint.ts';
import { id, pageOf, pageQuery } from './fields.ts';

const tag = 'Documents';
const mayRead = { permission: 'knowledge:read' } as const;
const mayWrite = { permission: 'knowledge:write' } as const;
const somewhere = { workspace_id: id.optional() };

/** The same without a workspace in the address: that of the API key, the one named, or the default one. */
export const ragDocuments = {
  list: endpoint({ method: 'GET', path: '/rag/documents', summary: 'List documents', tag }, mayRead)
    .input(pageQuery.extend({ ...somewhere, ...documentFilters }))
    .output(pageOf(document)),
  create: endpoint(
    {
      method: 'POST',
      path: '/rag/documents',
      summary: 'Upload a document: a file, or a text as JSON',
      tag,
      status: 201,
    },
    mayUpload,
  )
    .input(z.strictObject({ ...somewhere, ...newDocument }))
    .output(addedDocument),
  remove: endpoint(
    { method: 'DELETE', path: '/rag/documents/{document_id}', summary: 'Delete a document', tag },
    mayWrite,
  )
    .input(z.strictObject({ ...somewhere, document_id: id }))
    .output(removedDocument),
};
