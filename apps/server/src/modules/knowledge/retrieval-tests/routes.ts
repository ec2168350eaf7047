// Endpoint → verb, for test sets and their runs.
import type { testQueries, testRuns, testSets } from '@insula/contract/retrieval-tests';
import type { RoutesOf } from '../../../platform/http/mount-contract.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { compareTestRuns } from '../retrieval-runs/compare-test-runs.ts';
import { createTestRun, removeTestRun } from '../retrieval-runs/create-test-run.ts';
import { getTestRun, listTestResults, listTestRuns } from '../retrieval-runs/list-test-runs.ts';
import { changeTestSet, createTestSet, removeTestQuery, removeTestSet } from './change-test-set.ts';
import { getTestSet, listTestQueries, listTestSets } from './list-test-sets.ts';

type TestRoutes = RoutesOf<{
  testSets: typeof testSets;
  testQueries: typeof testQueries;
  testRuns: typeof testRuns;
}>;

/** The endpoints of retrieval tests. */
export function retrievalTestRoutes(deps: KnowledgeDeps): TestRoutes {
  return {
    testSets: {
      list: (call, input) => listTestSets(deps, call.actor, input),
      create: (call, input) => createTestSet(deps, call.actor, input),
      get: (call, input) => getTestSet(deps, call.actor, input),
      remove: (call, input) => removeTestSet(deps, call.actor, input),
    },
    testQueries: {
      list: (call, input) => listTestQueries(deps, call.actor, input),
      put: (call, input) => changeTestSet(deps, call.actor, input),
      remove: (call, input) => removeTestQuery(deps, call.actor, input),
    },
    testRuns: {
      list: (call, input) => listTestRuns(deps, call.actor, input),
      create: (call, input) => createTestRun(deps, call.actor, input),
      get: (call, input) => getTestRun(deps, call.actor, input),
      listResults: (call, input) => listTestResults(deps, call.actor, input),
      compare: (call, input) => compareTestRuns(deps, call.actor, input),
      remove: (call, input) => removeTestRun(deps, call.actor, input),
    },
  };
}
