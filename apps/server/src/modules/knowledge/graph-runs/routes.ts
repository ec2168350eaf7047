// Endpoint → verb, for runs and settings of the graph.
import type { graphRuns } from '@insula/contract/graph-runs';
import type { RoutesOf } from '../../../platform/http/mount-contract.ts';
import type { KnowledgeDeps } from '../knowledge-deps.ts';
import { estimateRun } from './estimate-run.ts';
import { getRun, listFailures, listRuns } from './list-runs.ts';
import { getSettings, replaceSettings } from './replace-settings.ts';
import { resumeRun, retryRun, startRun, stopRun } from './start-run.ts';

/** The endpoints of runs. */
export function graphRunRoutes(deps: KnowledgeDeps): RoutesOf<{ graphRuns: typeof graphRuns }> {
  return {
    graphRuns: {
      getSettings: (call, input) => getSettings(deps, call.actor, input),
      replaceSettings: (call, input) => replaceSettings(deps, call.actor, input),
      estimate: (call, input) => estimateRun(deps, call.actor, input),
      start: (call, input) => startRun(deps, call.actor, input),
      list: (call, input) => listRuns(deps, call.actor, input),
      get: (call, input) => getRun(deps, call.actor, input),
      failures: (call, input) => listFailures(deps, call.actor, input),
      stop: (call, input) => stopRun(deps, call.actor, input),
      resume: (call, input) => resumeRun(deps, call.actor, input),
      retry: (call, input) => retryRun(deps, call.actor, input),
    },
  };
}
