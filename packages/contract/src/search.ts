// Search on paper: a question in, the passages that answer it out, with where each comes from.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, moment } from './fields.ts';
import { fact } from './graph.ts';
import { problemsOf } from './problem.ts';

export const searchProblems = {
  search_too_large: {
    status: 507,
    message:
      'This search needs {needed} MB of memory and the server gives searches {limit} MB. Search fewer collections, or ask the operator to raise SEARCH_MEMORY_MB.',
  },
  search_unsettled: {
    status: 503,
    message: 'What is searched changed faster than it could be read. Try again in a moment.',
  },
} as const;
export const searchProblem = problemsOf(searchProblems);

export const searchModes = ['vector', 'hybrid', 'text', 'graph'] as const;

const number = z.number().min(-1e15).max(1e15);
const comparable = z.union([z.string().max(2_000), number]);
const scalar = z.union([comparable, z.boolean()]);
/** A field of the document: one of its own, or a fact of its metadata as `metadata.<name>`. */
const field = z
  .string()
  .max(120)
  .regex(
    /^(title|source|source_kind|external_id|created_at|updated_at|metadata\..{1,100})$/su,
    'Use title, source, source_kind, external_id, created_at, updated_at or metadata.<name>.',
  );
/** One condition; several comparisons in one hold together. A fact that is a list equals each of its members. */
const condition = z
  .strictObject({
    field,
    equals: scalar.optional(),
    in: z.array(scalar).min(1).max(200).optional(),
    gt: comparable.optional(),
    gte: comparable.optional(),
    lt: comparable.optional(),
    lte: comparable.optional(),
    exists: z.boolean().optional(),
  })
  .refine(
    (given) => Object.keys(given).length > 1,
    'Say how the field is compared: equals, in, gt, gte, lt, lte or exists.',
  );
const several = <T extends z.ZodType>(one: T) => z.array(one).min(1).max(30);
const combined = <T extends z.ZodType>(one: T) =>
  z.union([
    condition,
    z.strictObject({ and: several(one) }),
    z.strictObject({ or: several(one) }),
    z.strictObject({ not: one }),
  ]);
/** Which documents may be found: conditions, combined at most two deep: all of these, any of those, not that. */
export const searchFilter = combined(combined(condition));

const turn = z.strictObject({
  role: z.enum(['user', 'assistant', 'system']),
  content: z.string().max(32_000),
});

const ask = {
  query: z.string().trim().min(1).max(8_000),
  /** As the organization is configured, if it is left out. */
  mode: z.enum(searchModes).optional(),
  limit: z.int().min(1).max(100).optional(),
  /** The same as `limit`. */
  top_k: z.int().min(1).max(100).optional(),
  /** How much the words count beside the meaning, in `hybrid`. */
  text_weight: z.number().min(0).max(1).optional(),
  /** Only these; all that can be seen from the workspace, if it is left out. */
  collection_ids: z.array(id).min(1).max(100).optional(),
  document_ids: z.array(id).min(1).max(200).optional(),
  filter: searchFilter.optional(),
  /** Passages with less are left out: cosines in `vector`, at most 1 in `hybrid`, BM25 in `text`. */
  min_score: z.number().min(-1).max(1_000).optional(),
  /** `document`: the best passage of each document, with how many more there were. */
  group_by: z.enum(['document']).optional(),
  /** How many passages before and after each are given with it. */
  neighbours: z.int().min(0).max(3).default(0),
  highlight: z.boolean().default(true),
  /** Whether each hit says why it was found. */
  explain: z.boolean().default(false),
  /** The conversation so far, oldest first: a follow-up question is completed from it. */
  history: z.array(turn).max(50).optional(),
  /** A chat model of the workspace that makes a follow-up question whole; without one, words are carried over. */
  rewrite_model: z.string().trim().min(1).max(200).optional(),
  /** Facts of the graph that held at this moment, in `graph`. */
  at: moment.optional(),
};

/** What is asked of a search in a workspace. */
export const searchAsk = z.strictObject({ workspace_id: id, ...ask });

const span = z.object({ start: z.int(), end: z.int() });
const neighbour = z.object({ id, seq: z.int(), text: z.string() });
const reason = z.object({
  score: z.number().nullable(),
  rank: z.int().nullable(),
});

export const searchHit = z.object({
  /** Of the passage. */
  id,
  score: z.number(),
  text: z.string(),
  kind: z.enum(['text', 'table', 'code']),
  /** Its number in the document, from 0. */
  seq: z.int(),
  heading_path: z.array(z.string()),
  page_start: z.int().nullable(),
  page_end: z.int().nullable(),
  /** Where it stands in the document's text, in UTF-16 units. */
  start_offset: z.int(),
  end_offset: z.int(),
  collection_id: id,
  document: z.object({
    id,
    title: z.string(),
    source: z.string(),
    version: z.int(),
    external_id: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    created_at: moment,
  }),
  /** Words of the question in the text, in UTF-16 units. */
  highlights: z.array(span),
  before: z.array(neighbour),
  after: z.array(neighbour),
  /** With `group_by`: other passages of the document that were found. */
  more_passages: z.int().optional(),
  explain: z.object({ text: reason, vector: reason, graph: reason, rerank: reason }).optional(),
});

/** Why there is nothing, or less than was asked for. */
export const emptyReasons = [
  'no_collections',
  'no_documents',
  'documents_under_way',
  'filter_excludes_all',
  'below_min_score',
  'no_words_match',
] as const;

export const searchAnswer = z.object({
  /** Best first. */
  data: z.array(searchHit),
  mode: z.enum(searchModes),
  text_weight: z.number(),
  /** What was searched for: the question, or what was made of it from the conversation. */
  query_used: z.string(),
  searched: z.object({ collections: z.array(z.object({ id, name: z.string() })), passages: z.int() }),
  /** Words searched for and in how many passages each is; without stop words. */
  words: z.array(z.object({ word: z.string(), passages: z.int() })),
  /** Facts of the graph that led to passages, in `graph`. */
  facts: z.array(fact),
  /** Why nothing was found; null when something was. */
  reason: z.object({ code: z.enum(emptyReasons), detail: z.string() }).nullable(),
});

const mayRead = { permission: 'knowledge:search' } as const;
const tag = 'Search';

export const search = {
  search: endpoint(
    {
      method: 'POST',
      path: '/workspaces/{workspace_id}/search',
      summary: 'Search the documents of a workspace',
      tag,
    },
    mayRead,
  )
    .input(searchAsk)
    .output(searchAnswer),
  rag: endpoint({ method: 'POST', path: '/rag/search', summary: 'Search documents', tag }, mayRead)
    .input(z.strictObject({ workspace_id: id.optional(), ...ask }))
    .output(searchAnswer),
};
