// Endpoint → verb, for jobs.
import type { jobs } from '@insula/contract/jobs';
import type { RoutesOf } from '../../../platform/http/mount-contract.ts';
import { cancelJob, removeJob, retryJob } from './cancel-job.ts';
import { createJob, type JobsDeps } from './create-job.ts';
import { getJob, listJobRows, listJobs } from './list-jobs.ts';

/** The endpoints of jobs. */
export function jobRoutes(deps: JobsDeps): RoutesOf<{ jobs: typeof jobs }> {
  return {
    jobs: {
      list: (call, input) => listJobs(deps, call.actor, input),
      create: (call, input) => createJob(deps, call.actor, input),
      get: (call, input) => getJob(deps, call.actor, input),
      listRows: (call, input) => listJobRows(deps, call.actor, input),
      cancel: (call, input) => cancelJob(deps, call.actor, input),
      retry: (call, input) => retryJob(deps, call.actor, input),
      remove: (call, input) => removeJob(deps, call.actor, input),
    },
  };
}
