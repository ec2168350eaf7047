// Prompts put together: the library, and the runner of its jobs over the queue.
import type { Queue } from '../../platform/queue/index.ts';
import { scoreAnswer } from './evaluations/score-answer.ts';
import { createJobRunner, type RunnerOptions } from './job-runs/create-job-runner.ts';
import type { PromptsDeps } from './prompts-deps.ts';

export type Prompts = ReturnType<typeof createPrompts>;

/** Builds the module; `stop` lets the calls of jobs end. */
export function createPrompts(given: PromptsDeps & { queue: Queue }, options: RunnerOptions = {}) {
  const scoreRow: Parameters<typeof createJobRunner>[0]['scoreRow'] = (scored, signal) =>
    scoreAnswer(given, scored, signal);
  const runner = createJobRunner({ ...given, scoreRow }, options);
  return { deps: { ...given, runner }, stop: runner.stop };
}
