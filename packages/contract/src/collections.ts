// Collections on paper: what is searched, seen and shared together in a workspace, and who there may see it.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { description, id, moment, name, pageOf, pageQuery, slug } from './fields.ts';
import { problemsOf } from './problem.ts';

export const collectionProblems = {
  collection_not_found: { status: 404, message: 'There is no such collection in this workspace.' },
  collection_slug_taken: {
    status: 409,
    message: 'A collection of this workspace has the slug "{slug}" already. Choose another.',
  },
  too_many_collections: {
    status: 409,
    message:
      'This workspace has {limit} collections, which is the most. Remove one, or use metadata to tell documents apart.',
  },
  collection_not_empty: {
    status: 409,
    message:
      'With the collection go {documents} documents of {passages} passages, and {shares} other workspaces lose sight of it. If that is meant, send its slug as `confirm`.',
  },
  default_collection_protected: {
    status: 409,
    message:
      'This is the collection that documents go to when none is named; it stays. Remove its documents instead.',
  },
  collection_read_only: {
    status: 403,
    message:
      'This collection belongs to another workspace, which lets this one read it. Ask there for the change.',
  },
} as const;
export const collectionProblem = problemsOf(collectionProblems);

/** Who of its workspace may see a collection. */
export const collectionAccess = z.enum(['everyone', 'groups']);

const fields = {
  id,
  workspace_id: id,
  name,
  slug,
  description,
  is_default: z.boolean(),
  access: collectionAccess,
  /** The workspace that lets this one read it; null when it is its own. */
  shared_from: id.nullable(),
  embedding_model: z.string(),
  created_at: moment,
  updated_at: moment,
};
export const collection = z.object(fields);

/** How many documents there are, by how far each has come. */
export const documentCounts = z.object({
  total: z.int(),
  /** Those that searches find; an older version may be found while a newer one is read. */
  searchable: z.int(),
  /** By the state of the newest version of each. */
  by_status: z.record(z.string(), z.int()),
});
export const collectionDetails = z.object({
  ...fields,
  documents: documentCounts,
  passages: z.int(),
});

const path = { workspace_id: id };
const one = z.strictObject({ ...path, collection_id: id });
const all = '/workspaces/{workspace_id}/collections';
const each = `${all}/{collection_id}` as const;
const tag = 'Collections';
const mayRead = { permission: 'knowledge:read' } as const;
const mayWrite = { permission: 'knowledge:write' } as const;

export const collections = {
  list: endpoint({ method: 'GET', path: all, summary: 'List the collections you can see', tag }, mayRead)
    .input(pageQuery.extend(path))
    .output(pageOf(collection)),
  create: endpoint({ method: 'POST', path: all, summary: 'Create a collection', tag, status: 201 }, mayWrite)
    .input(z.strictObject({ ...path, name, slug: slug.optional(), description: description.default('') }))
    .output(collection),
  get: endpoint({ method: 'GET', path: each, summary: 'Read a collection and what is in it', tag }, mayRead)
    .input(one)
    .output(collectionDetails),
  change: endpoint({ method: 'PATCH', path: each, summary: 'Change a collection', tag }, mayWrite)
    .input(one.extend({ name: name.optional(), description: description.optional() }))
    .output(collection),
  remove: endpoint(
    { method: 'DELETE', path: each, summary: 'Delete a collection and all that is in it', tag },
    mayWrite,
  )
    .input(one.extend({ confirm: slug.optional() }))
    .output(z.object({ id, deleted: z.literal(true), documents: z.int(), passages: z.int() })),
};
