// Knowledge put together; its parts are started and stopped here.
import { workOnRuns } from './graph-asking/work-on-runs.ts';
import { registerGraphWork } from './graph-reading/register-graph-work.ts';
import { keepUp } from './graph-runs/keep-up.ts';
import type { KnowledgeDeps } from './knowledge-deps.ts';
import { registerKnowledgeReactions } from './reactions.ts';

export type Knowledge = ReturnType<typeof createKnowledge>;

/** Builds the module; `start` begins its work in the background, `stop` ends it. */
export function createKnowledge(deps: KnowledgeDeps) {
  registerKnowledgeReactions(deps);
  registerGraphWork(deps, {
    keepUp: (organizationId) => keepUp(deps, organizationId),
    workOnRuns: (slice) => workOnRuns(deps, slice),
  });
  return {
    deps,
    async start(): Promise<void> {},
    async stop(): Promise<void> {},
  };
}
