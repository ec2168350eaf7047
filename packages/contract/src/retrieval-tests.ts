// Retrieval tests on paper: questions with what should be found, runs of searches over them, and two runs side by side.
import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { description, id, moment, name, pageOf, pageQuery } from './fields.ts';
import { problemsOf } from './problem.ts';
import { searchModes } from './search.ts';

export const retrievalTestProblems = {
  test_set_not_found: { status: 404, message: 'There is no such test set in this workspace.' },
  test_set_name_taken: {
    status: 409,
    message: 'A test set of this workspace is called "{name}" already. Choose another name.',
  },
  too_many_test_sets: { status: 409, message: 'This workspace has {limit} test sets, which is the most.' },
  too_many_test_queries: { status: 409, message: 'A test set has at most {limit} queries.' },
  test_query_not_found: { status: 404, message: 'There is no such query in this test set.' },
  test_set_empty: { status: 409, message: 'This test set has no queries yet. Add some before you run it.' },
  test_run_not_found: { status: 404, message: 'There is no such run of this test set.' },
  test_run_under_way: { status: 409, message: 'This run is under way. Compare it when it is done.' },
  too_many_test_runs: {
    status: 409,
    message: 'This test set has {limit} runs, which is the most. Delete some of them first.',
  },
} as const;
export const retrievalTestProblem = problemsOf(retrievalTestProblems);

/** What should be found: a document, by its id or the caller's own name for it, or one passage. */
const expectation = z
  .strictObject({
    document_id: id.optional(),
    external_id: z.string().min(1).max(500).optional(),
    passage_id: id.optional(),
    /** How well it answers; 0 stands for a wrong answer that somebody looked at. */
    grade: z.number().min(0).max(100).default(1),
  })
  .refine(
    (one) =>
      [one.document_id, one.external_id, one.passage_id].filter((given) => given !== undefined).length === 1,
    'Name one of document_id, external_id and passage_id.',
  );
const expected = z
  .array(expectation)
  .min(1)
  .max(2_000)
  .refine(
    (all) => new Set(all.map(({ passage_id }) => passage_id !== undefined)).size === 1,
    'Expect documents or passages, not both, of one query.',
  );

const key = z.string().min(1).max(200);
const query = z.string().trim().min(1).max(8_000);
export const testSet = z.object({
  id,
  workspace_id: id,
  name,
  description,
  queries: z.int(),
  created_at: moment,
  updated_at: moment,
});
export const testQuery = z.object({
  id,
  key,
  query,
  expected: z.array(
    z.object({
      document_id: z.string().optional(),
      external_id: z.string().optional(),
      passage_id: z.string().optional(),
      grade: z.number(),
    }),
  ),
});

/** How a run searches; what is left out is as the organization is configured. */
export const runSettings = z.strictObject({
  mode: z.enum(searchModes).optional(),
  text_weight: z.number().min(0).max(1).optional(),
  /** How many results are looked at; recall is over these. */
  limit: z.int().min(1).max(100).default(10),
  min_score: z.number().min(-1).max(1_000).optional(),
  collection_ids: z.array(id).min(1).max(100).optional(),
});
const measures = {
  /** Gains are the grades, discounted by log2(rank + 1), over the best that was possible; the first ten count. */
  ndcg_10: z.number().nullable(),
  /** The share of what should be found among the results. */
  recall: z.number().nullable(),
  /** One over the rank of the first right result; 0 without one. */
  reciprocal_rank: z.number().nullable(),
};
export const testRun = z.object({
  id,
  test_set_id: id,
  name: z.string(),
  settings: runSettings,
  status: z.enum(['queued', 'running', 'done', 'failed']),
  error: z.string().nullable(),
  queries: z.int(),
  queries_done: z.int(),
  ...measures,
  created_at: moment,
  ended_at: moment.nullable(),
});
export const testResult = z.object({
  id,
  key: z.string(),
  query: z.string(),
  ...measures,
  /** The first ten that were found, and the grade of each; null for what nobody expected. */
  found: z.array(z.object({ id: z.string(), title: z.string(), grade: z.number().nullable() })),
  expected_count: z.int(),
  latency_ms: z.number(),
});

const runComparison = z.object({
  run: testRun,
  other: testRun,
  /** Queries that both runs have. */
  queries: z.int(),
  won: z.int(),
  lost: z.int(),
  equal: z.int(),
  /** `other` less `run`, over the queries that both have. */
  difference: z.object({ ndcg_10: z.number(), recall: z.number(), reciprocal_rank: z.number() }),
  /** How likely a difference of nDCG as large would be if the two were equally good (sign-flip test, two-sided). */
  p_value: z.number(),
  /** Where nDCG differs most, at most 100 queries. */
  data: z.array(
    z.object({
      key: z.string(),
      query: z.string(),
      ndcg_10: z.number(),
      other_ndcg_10: z.number(),
      difference: z.number(),
    }),
  ),
});

const path = { workspace_id: id };
const setPath = { ...path, test_set_id: id };
const runPath = { ...setPath, test_run_id: id };
const sets = '/workspaces/{workspace_id}/test-sets';
const set = `${sets}/{test_set_id}` as const;
const runs = `${set}/runs` as const;
const run = `${runs}/{test_run_id}` as const;
const tag = 'Retrieval tests';
const mayRead = { permission: 'knowledge:read' } as const;
const mayWrite = { permission: 'knowledge:write' } as const;
const removed = z.object({ id, deleted: z.literal(true) });

export const testSets = {
  list: endpoint({ method: 'GET', path: sets, summary: 'List test sets', tag }, mayRead)
    .input(pageQuery.extend(path))
    .output(pageOf(testSet)),
  create: endpoint({ method: 'POST', path: sets, summary: 'Create a test set', tag, status: 201 }, mayWrite)
    .input(z.strictObject({ ...path, name, description: description.default('') }))
    .output(testSet),
  get: endpoint({ method: 'GET', path: set, summary: 'Read a test set', tag }, mayRead)
    .input(z.strictObject(setPath))
    .output(testSet),
  remove: endpoint({ method: 'DELETE', path: set, summary: 'Delete a test set and its runs', tag }, mayWrite)
    .input(z.strictObject(setPath))
    .output(removed),
};
export const testQueries = {
  list: endpoint(
    { method: 'GET', path: `${set}/queries`, summary: 'List the queries of a test set', tag },
    mayRead,
  )
    .input(pageQuery.extend(setPath))
    .output(pageOf(testQuery)),
  put: endpoint(
    {
      method: 'PUT',
      path: `${set}/queries`,
      summary: 'Add queries to a test set; one with a key that is there is replaced',
      tag,
    },
    { ...mayWrite, bodyLimit: 8_388_608 },
  )
    .input(
      z.strictObject({
        ...setPath,
        queries: z.array(z.strictObject({ key, query, expected })).min(1).max(500),
      }),
    )
    .output(testSet),
  remove: endpoint(
    { method: 'DELETE', path: `${set}/queries/{test_query_id}`, summary: 'Delete a query', tag },
    mayWrite,
  )
    .input(z.strictObject({ ...setPath, test_query_id: id }))
    .output(removed),
};
export const testRuns = {
  list: endpoint({ method: 'GET', path: runs, summary: 'List the runs of a test set', tag }, mayRead)
    .input(pageQuery.extend(setPath))
    .output(pageOf(testRun)),
  create: endpoint(
    { method: 'POST', path: runs, summary: 'Search every query of a test set and measure', tag, status: 202 },
    mayWrite,
  )
    .input(z.strictObject({ ...setPath, name: z.string().max(200).default(''), ...runSettings.shape }))
    .output(testRun),
  get: endpoint({ method: 'GET', path: run, summary: 'Read a run and its measures', tag }, mayRead)
    .input(z.strictObject(runPath))
    .output(testRun),
  listResults: endpoint(
    { method: 'GET', path: `${run}/results`, summary: 'List the results of a run', tag },
    mayRead,
  )
    .input(pageQuery.extend(runPath))
    .output(pageOf(testResult)),
  compare: endpoint(
    {
      method: 'GET',
      path: `${run}/comparison`,
      summary: 'Compare a run with another one: which queries won, which lost',
      tag,
    },
    mayRead,
  )
    .input(z.strictObject({ ...runPath, other_test_run_id: id }))
    .output(runComparison),
  remove: endpoint({ method: 'DELETE', path: run, summary: 'Delete a run', tag }, mayWrite)
    .input(z.strictObject(runPath))
    .output(removed),
};
