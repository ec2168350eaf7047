// Embedding on paper: with which model the passages of a collection are embedded, and the change to another one.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, moment } from './fields.ts';
import { problemsOf } from './problem.ts';

export const embeddingProblems = {
  embedding_failed: {
    status: 502,
    message: 'The passages cannot be embedded with {model}: {reason}',
  },
  re_embedding_under_way: {
    status: 409,
    message: 'The collection is being embedded with {model} already. Wait for it, or cancel it first.',
  },
  re_embedding_not_under_way: {
    status: 409,
    message: 'The collection is not being embedded with another model, so there is nothing to cancel.',
  },
  embedding_model_same: {
    status: 409,
    message: 'The collection is embedded with {model} already.',
  },
} as const;
export const embeddingProblem = problemsOf(embeddingProblems);

/** The name of an embeddings model: `insula/minilm-l6-v2` runs here, any other goes through the workspace's credentials. */
export const embeddingModel = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[\w.:@/+-]+$/, 'Give the name of a model as it is called at /v1/embeddings.');

export const embeddingState = z.object({
  collection_id: id,
  /** The model that searches use. */
  model: z.string(),
  /** The model that is being changed to; null when none is. */
  next_model: z.string().nullable(),
  /** Passages that are embedded with it already, and all there are. */
  embedded: z.int(),
  passages: z.int(),
  /** From 0 to 1; 1 when no change is under way. */
  progress: z.number(),
  /** Why it does not go on at the moment, and when it is tried again. */
  error: z.string().nullable(),
  retry_at: moment.nullable(),
});

const one = z.strictObject({ workspace_id: id, collection_id: id });
const path = '/workspaces/{workspace_id}/collections/{collection_id}/embedding' as const;
const tag = 'Collections';
const mayWrite = { permission: 'knowledge:write' } as const;

/** The embedding model of a collection. Searches use the old one until everything is embedded with the new one. */
export const embedding = {
  get: endpoint(
    { method: 'GET', path, summary: 'Read the embedding model of a collection, and a change under way', tag },
    { permission: 'knowledge:read' },
  )
    .input(one)
    .output(embeddingState),
  change: endpoint(
    {
      method: 'POST',
      path,
      summary: 'Embed a collection with another model, in the background',
      tag,
      status: 202,
    },
    mayWrite,
  )
    .input(one.extend({ model: embeddingModel }))
    .output(embeddingState),
  cancel: endpoint(
    { method: 'DELETE', path, summary: 'Cancel the change to another embedding model', tag },
    mayWrite,
  )
    .input(one)
    .output(embeddingState),
};
